"""Run Python as on a processor without AVX-512, AMX and bfloat16, whatever this one has.

    python scripts/masked.py -m pytest -n 2

What follows is handed to Python, whose libraries are told to use nothing newer than AVX2:

- oneDNN in PyTorch and OpenVINO (``ONEDNN_MAX_CPU_ISA``), and OpenVINO's own code (``OV_CPU_MAX_ISA``),
  which cannot compile a network where oneDNN alone is masked,
- PyTorch's own kernels (``ATEN_CPU_CAPABILITY``) and, on Intel's processors, MKL (``MKL_ENABLE_INSTRUCTIONS``),
- NumPy (``NPY_DISABLE_CPU_FEATURES``) and OpenBLAS in NumPy and SciPy (``OPENBLAS_CORETYPE``).

Nothing masks ONNX Runtime's kernels (MLAS asks the processor itself), nor fused multiply-add, which AVX2 processors
have too.
libvips and Pillow stay as they are: what they read and write is whole numbers.
The processor's own list of features (``/proc/cpuinfo``, ``torch.cpu.get_capabilities``) stays as it is.
Before anything runs, the libraries are asked whether the mask took effect; where one says no, this ends with an error.
"""

import os
import platform
import subprocess
import sys

MASK = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OV_CPU_MAX_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
}

# Asked in a process of its own, which must see the variables when it loads the libraries.
QUESTIONS = """
import numpy, openvino, torch
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from scipy import linalg
from threadpoolctl import threadpool_info
def left():
    new = ("AVX512", "X86_V4")
    return [name for name in __cpu_dispatch__ if __cpu_features__[name] and name.startswith(new)]
can = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
blas = {row["architecture"] for row in threadpool_info() if row["internal_api"] == "openblas"}
assert torch.backends.cpu.get_cpu_capability() in ("AVX2", "DEFAULT"), torch.backends.cpu.get_cpu_capability()
assert not torch.ops.mkldnn._is_mkldnn_bf16_supported(), "oneDNN in PyTorch still has bfloat16"
assert "BF16" not in can, f"OpenVINO still can {can}"
assert not left(), f"NumPy still uses {left()}"
assert blas <= {"Haswell"}, f"OpenBLAS still uses {blas}"
"""


def masked() -> dict[str, str]:
    """The environment of this process with the mask in it."""
    # Asked first: NumPy warns of a feature to be disabled that is not there.
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "from numpy._core._multiarray_umath import __cpu_dispatch__ as d, __cpu_features__ as f; print(*(n "
            "for n in d if f[n]))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    newer = [name for name in found.stdout.split() if name.startswith(("AVX512", "X86_V4"))]
    return os.environ | MASK | ({"NPY_DISABLE_CPU_FEATURES": " ".join(newer)} if newer else {})


def main() -> int:
    if platform.machine().lower() not in ("x86_64", "amd64"):
        print(f"masked.py: {platform.machine()} has no AVX-512 to mask", file=sys.stderr)
        return subprocess.call([sys.executable, *sys.argv[1:]])
    environment = masked()
    asked = subprocess.run(
        [sys.executable, "-c", QUESTIONS], env=environment, capture_output=True, text=True, check=False
    )
    if asked.returncode:
        print(f"masked.py: the mask has no effect: {asked.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return 1
    print(
        f"masked.py: AVX2 and nothing newer, ONNX Runtime excepted: "
        f"{environment.get('NPY_DISABLE_CPU_FEATURES', 'nothing')} off in NumPy"
    )
    return subprocess.call([sys.executable, *sys.argv[1:]], env=environment)


if __name__ == "__main__":
    sys.exit(main())
