"""Whether a device computes in bfloat16, asked of it before anything runs there."""

import platform
from functools import cache

import torch


@cache
def has_bfloat16_convolution() -> bool:
    """Whether oneDNN convolves in bfloat16 on this processor at all; on x86 it refuses without AVX-512.

    Returns
    -------
    bool
        Asked once a process.
    """
    return bool(torch.backends.mkldnn.is_available()) and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # type: ignore[no-untyped-call]


@cache
def bfloat16_is_quicker(device: str) -> bool:
    """Whether training in bfloat16 is worth while on a device.

    Parameters
    ----------
    device : str
        As torch names its types: "cpu", "cuda", "mps", ….

    Returns
    -------
    bool
        True on a processor with instructions for it (AVX512_BF16, AMX, or ARM's) and on a CUDA device with them.
        AVX-512 alone only imitates it, and a step takes 2.4 times as long as in float32.
    """
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device != "cpu" or not has_bfloat16_convolution():
        return False
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    # Torch keeps these names to itself; a version that lacks one does not use the instructions either.
    asked = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(bool(question()) for question in asked if question is not None)
