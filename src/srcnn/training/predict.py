"""A torch network applied to whole images while it is trained: validation, and the output of a teacher."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from srcnn import weights
from srcnn.engine.conditioned import WEAR
from srcnn.engine.onnx_graph import block_of, bounds, read_graph
from srcnn.errors import OptionError, WeightsError
from srcnn.image.arrays import Bytes, Floats, to_integers
from srcnn.image.resize import PadMode, shave
from srcnn.methods import load
from srcnn.methods.ensemble import self_ensemble
from srcnn.methods.network import read_file
from srcnn.metrics.psnr import psnr
from srcnn.nets import build, input_size, shape_of
from srcnn.nets.collapsible import collapse, expand
from srcnn.nets.precision import bfloat16_is_quicker
from srcnn.nets.residual import Residual
from srcnn.nets.widening import widened
from srcnn.training.bounding import PLANE
from srcnn.training.config import config_from
from srcnn.training.turned import unturned
from srcnn.weights.blocks import narrowed
from srcnn.weights.card import PADDING

_WITH_WEIGHTS = frozenset({"Conv", "ConvTranspose", "PRelu"})


def predict(net: nn.Module, source: Floats) -> Floats:
    """The network's output for a whole image, the pixels that the shipped file gives.

    Beyond the image's borders is what `padding_of` says.

    Parameters
    ----------
    net : Module
        On any device; its mode is left as it is.
    source : (C, H, W) float32 array
        What it takes: ILR or LR, in [0, 1].

    Returns
    -------
    (C', H', W') float32 array
        The size of HR, not clipped.
    """
    shape = shape_of(net)
    x = torch.from_numpy(np.pad(source, ((0, 0), (shape.halo,) * 2, (shape.halo,) * 2), mode=padding_of(net)))[None]
    x = x.to(next(net.parameters()).device)
    was = net.training
    net.eval()
    with torch.no_grad():
        out: Tensor = net(x.contiguous(memory_format=torch.channels_last))[0]
    net.train(was)
    frame = shape.halo * getattr(shape, "scale", 0)  # a network at low resolution keeps what valid convolutions lose
    result: Floats = out[:, frame : out.shape[1] - frame, frame : out.shape[2] - frame].cpu().numpy()
    return result


def padding_of(net: nn.Module) -> PadMode:
    """How an image goes on for this network beyond its borders.

    Parameters
    ----------
    net : Module
        As `srcnn.nets.build` made it.

    Returns
    -------
    str
        A mode of `numpy.pad`.
    """
    return PADDING["lr" if hasattr(shape_of(net), "scale") else "hr"]


def protocol_psnr(hr: Floats, sr: Floats, scale: int) -> float:
    """PSNR by the evaluation protocol: 8 bits, ``scale`` pixels shaved.

    Parameters
    ----------
    hr, sr : (C, H, W) float array
        Ground truth and estimate, in [0, 1]; what lies outside is clipped.
    scale : int
        Upscaling factor.

    Returns
    -------
    float
        In dB, finite, so that means can be compared: an estimate without any error counts as one with a single value
        that is off by a level.
    """
    a, b = (shave(_image(to_integers(planes)), scale) for planes in (hr, sr))
    return min(psnr(a, b, data_range=255.0), 10 * math.log10(255.0**2 * a.size))


def _image(planes: Bytes) -> Bytes:
    """Planes (C, H, W) as an image: (H, W) or (H, W, 3)."""
    return planes[0] if len(planes) == 1 else np.moveaxis(planes, 0, 2)


def in_channels_last(net: nn.Module) -> nn.Module:
    """The network with its weights in the memory layout that makes training on a CPU 4 to 6 times faster.

    Parameters
    ----------
    net : Module
        Changed in place.

    Returns
    -------
    Module
        ``net``.
    """
    return net.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of `srcnn train`; nothing in it is executed.

    Parameters
    ----------
    path : path
        A ``.ckpt`` file.

    Returns
    -------
    dict of str to object
        With at least "config", "net" and "final"; tensors are on the CPU.

    Raises
    ------
    WeightsError
        If it is missing or no such file.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise WeightsError(f"cannot read the checkpoint {path}: {error.strerror}") from error
    with file:
        try:
            checkpoint = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises half a dozen kinds for a damaged file
            raise WeightsError(f"{path} is not a checkpoint of srcnn train, or damaged: {_said(error)}") from error
    if not isinstance(checkpoint, dict) or not {"config", "net", "final"} <= set(checkpoint):
        raise WeightsError(f"{path} is not a checkpoint of srcnn train: it lacks the configuration or the weights")
    try:
        config_from(checkpoint["config"])
    except (OptionError, AttributeError, TypeError) as error:
        raise WeightsError(f"the recipe in the checkpoint {path} cannot be used: {_said(error)}") from error
    return checkpoint


def _said(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def load_final(path: Path) -> nn.Module:
    """The finished network of a checkpoint: its running mean where it has one, its layers collapsed.

    Parameters
    ----------
    path : path
        A ``.ckpt`` file.

    Returns
    -------
    Module
        In evaluation mode, on the CPU.

    Raises
    ------
    WeightsError
        As `read_checkpoint`, and if its weights are those of another network.
    """
    checkpoint = read_checkpoint(path)
    config = config_from(checkpoint["config"])
    net = build(config.net, config.scale, widths=config.widths or None)
    if config.expand:
        expand(net, config.expand)
    try:
        net.load_state_dict(checkpoint["final"])
    except (RuntimeError, TypeError, AttributeError) as error:
        raise WeightsError(f"the weights in {path} are not those of {config.net}: {_said(error)}") from error
    return collapse(net).eval()


def load_start(net: nn.Module, source: str) -> None:
    """Begin from another network's weights; tensors of another shape (the last layer of another scale) keep their own
    start.

    A residual network begins from a narrower or shallower one as well, and does at first what that one does.

    Parameters
    ----------
    net : nn.Module
        What is to be trained.
    source : str
        A checkpoint (.ckpt), an ONNX file that srcnn made, or a shipped model's name and scale as in "plain-l_x3".

    Raises
    ------
    WeightsError
        If it cannot be read or nothing in it fits.
    OptionError
        If there is no such shipped model.
    """
    path = Path(source)
    found = load_final(path).state_dict() if path.suffix == ".ckpt" else _tensors(source)
    if isinstance(net, Residual):
        net.load_state_dict(widened(net, found))
        return
    own = net.state_dict()
    there = {key: value for key, value in found.items() if key in own}
    # A bias is of no use beside other weights than its own.
    of_others = {key.rpartition(".")[0] for key, value in there.items() if own[key].shape != value.shape}
    fitting = {key: value for key, value in there.items() if key.rpartition(".")[0] not in of_others}
    if not fitting:
        raise WeightsError(f"no tensor of {source} fits this network; it must be of the same kind and width")
    net.load_state_dict(own | fitting)


def _tensors(source: str) -> dict[str, Tensor]:
    """The weights in an ONNX file, under the names they have in the network."""
    import onnx
    from onnx import numpy_helper

    if Path(source).suffix == ".onnx":
        data = read_file(Path(source))
    else:
        name, _, scale = source.rpartition("_x")
        if not scale.isdecimal():
            raise OptionError(
                f"init must be a .ckpt or .onnx file, or a shipped model and scale as in 'srcnn-9-5-5_x3', got "
                f"{source!r}"
            )
        data = weights.find(name, int(scale)).read()
    arrays = {i.name: numpy_helper.to_array(i) for i in onnx.load_from_string(data).graph.initializer}
    read = read_graph(data, told=(WEAR,))
    stored: dict[str, NDArray[np.float32]] = {}
    for layer in read.nodes:
        if layer.kind not in _WITH_WEIGHTS or bounds(layer) or layer.outputs[0].startswith(PLANE):
            continue
        stored |= {name: arrays[name] for name in layer.inputs[1:] if name in arrays}
        block, magnified = block_of(layer, read)
        if block > 1:  # the layer's own filters, out of those for whole blocks of pixels
            stored[layer.inputs[1]] = narrowed(stored[layer.inputs[1]], block, magnified)
            stored[layer.inputs[2]] = stored[layer.inputs[2]][:: block**2]
        stored[layer.inputs[1]] = unturned(stored[layer.inputs[1]], layer.inputs[0])
    # The slopes of PReLU have a shape (C, 1, 1) in ONNX and (C,) in torch.
    return {key: torch.tensor(value.reshape(-1) if value.ndim == 3 else value) for key, value in stored.items()}


def load_teacher(source: str, scale: int, *, ensemble: bool = True) -> Callable[[Floats], Floats]:
    """A trained model as a function lr (H, W) → sr.

    Parameters
    ----------
    source : str
        A checkpoint (.ckpt), an ONNX file that srcnn made, or a shipped model's name.
    scale : int
        The scale that is trained.
    ensemble : bool
        Take the mean over 8 flips and rotations: better, and 8 times slower.

    Returns
    -------
    callable
        Gives the HR image (H * scale, W * scale) that the model makes of luma (H, W).

    Raises
    ------
    WeightsError, OptionError
        If it is of another scale, cannot be read, or works on another kind of image.
    """
    teach = (
        _checkpoint_teacher(Path(source), scale) if Path(source).suffix == ".ckpt" else load(source, scale, threads=1)
    )
    return self_ensemble(teach) if ensemble else teach


def _checkpoint_teacher(path: Path, scale: int) -> Callable[[Floats], Floats]:
    config = config_from(read_checkpoint(path)["config"])
    if config.scale != scale or input_size(config.net) != "lr":
        raise WeightsError(
            f"a teacher at scale {scale} must be a network on lr of that scale; {path} is {config.net} for "
            f"{config.scale}"
        )
    net = in_channels_last(load_final(path))
    rounded = config.precision == "bfloat16" and bfloat16_is_quicker("cpu")

    def teach(lr: Floats) -> Floats:
        # In the precision that it was trained in: what bfloat16 rounds is the residual, by a sixth of an 8-bit level on
        # average.
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=rounded):
            return np.asarray(predict(net, lr[None])[0])

    return teach
