"""A trained network becomes one ONNX file with its card inside, checked to give the same pixels as in torch."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from srcnn.engine.by_onnxruntime import silent_onnxruntime
from srcnn.engine.conditioned import WEAR
from srcnn.engine.onnx_file import BASELINES_KEY, CARD_KEY, LOG_KEY
from srcnn.errors import OptionError, WeightsError
from srcnn.image.arrays import Floats
from srcnn.image.colour import rgb_to_ycbcr, ycbcr_to_rgb
from srcnn.nets import build, colour_of, input_size, shape_of
from srcnn.nets.lowres import without_padding
from srcnn.nets.residual import Residual, is_worn
from srcnn.recipes import recipe_sha256
from srcnn.training.config import TrainConfig, config_from
from srcnn.training.data import ImageFiles
from srcnn.training.finish import finish, multiplications
from srcnn.training.graph import OPSET, graph_of
from srcnn.training.patches import with_wear
from srcnn.training.predict import load_final, padding_of, predict, read_checkpoint
from srcnn.training.stages import log_of
from srcnn.training.turned import turned
from srcnn.training.worn_graph import worn_graph
from srcnn.wear import Wear
from srcnn.weights.card import Card
from srcnn.weights.log import log_text

# Of the output's range. Both sides sum in float32, in an order that the processor decides; 1e-4 is a fortieth of an
# 8-bit level.
TOLERANCE = 1e-4


def exportable(config: TrainConfig) -> bool:
    """Whether the network of a recipe can become an ONNX file; a few only teach, or are there to be studied.

    Parameters
    ----------
    config : TrainConfig
        The recipe.

    Returns
    -------
    bool
        True for all networks that can be shipped.
    """
    return not config.net.startswith("subpixel") and (colour_of(config.net) != "ycbcr" or config.net.endswith("-worn"))


def check_exportable(config: TrainConfig) -> None:
    """See that what a recipe trains can be used, before it is trained: the file of an untrained network is made.

    Parameters
    ----------
    config : TrainConfig
        The recipe.

    Raises
    ------
    OptionError
        If a value cannot stand on a card, the network sees too little around a pixel, or there is no such network.
    """
    if not exportable(config):
        return
    net = build(config.net, config.scale, start=config.start, widths=config.widths or None, seed=config.seed)
    card = make_card(net, config, None, None)
    try:
        _finished(to_onnx(net, card), card, config)
    except WeightsError as error:
        raise OptionError(f"the trained network could not be used: {error}") from error


def export(
    checkpoint: Path,
    *,
    recipe: Path | None = None,
    images: ImageFiles | None = None,
    baselines: Mapping[str, float] | None = None,
    notes: str = "",
) -> tuple[bytes, Card]:
    """Make the ONNX file of a checkpoint's finished network.

    Parameters
    ----------
    checkpoint : Path
        ``best.ckpt`` or ``last.ckpt`` of a run.
    recipe : Path, optional
        The file that the run was made from, named on the card with its hash.
    images : ImageFiles, optional
        What it was trained on, entered on the card with its hash.
    baselines : mapping of str to float, optional
        PSNR of other methods on the validation images, which goes into the file beside the run's log.
    notes : str
        A remark for the card.

    Returns
    -------
    bytes, Card
        The file, and the card in it.

    Raises
    ------
    WeightsError
        If the network is not one to use, or ONNX Runtime gives other pixels than torch.
    """
    saved = read_checkpoint(checkpoint)
    config = config_from(saved["config"])
    if not exportable(config):
        raise WeightsError(f"{config.net} is for teaching and studies only, and is not exported")
    net = load_final(checkpoint)
    card = make_card(net, config, recipe, images, notes)
    if saved["log"]:
        best = max(row["val_psnr"] for row in saved["log"])
        card = replace(card, scores={"validation": {"psnr": round(best, 4)}})
    metadata = {LOG_KEY: log_text(log_of(saved))} if saved["log"] else {}
    if metadata and baselines:
        metadata[BASELINES_KEY] = json.dumps(baselines)
    plain = to_onnx(net, card, metadata)
    check(net, plain)
    return _finished(plain, card, config)


def _finished(plain: bytes, card: Card, config: TrainConfig) -> tuple[bytes, Card]:
    if config.turned:
        plain, card = turned(plain, card)
    return finish(plain, replace(card, multiplications=multiplications(plain, card)))


def make_card(
    net: nn.Module, config: TrainConfig, recipe: Path | None, images: ImageFiles | None, notes: str = ""
) -> Card:
    """The card of a network that a recipe made.

    Parameters
    ----------
    net : Module
        The network.
    config : TrainConfig
        The recipe.
    recipe : path or None
        Its file, named on the card with its hash.
    images : ImageFiles or None
        What the network was trained on.
    notes : str
        A remark.

    Returns
    -------
    Card
        Without scores.
    """
    shape = shape_of(net)
    return Card(
        name=config.model,
        scale=config.scale,
        architecture=shape.name,
        parameters=sum(p.numel() for p in net.parameters()),
        channels="luma" if shape.channels == 1 else "rgb",
        wear=is_worn(net),
        input_size=input_size(config.net),
        halo=shape.halo,
        training_data=config.data,
        training_data_sha256=images.digest() if images else "",
        recipe=recipe.name if recipe else "",
        recipe_sha256=recipe_sha256(recipe) if recipe else "",
        seed=config.seed,
        notes=notes,
    )


def to_onnx(net: nn.Module, card: Card, metadata: Mapping[str, str] | None = None) -> bytes:
    """An ONNX graph of valid convolutions and what stands between them, any batch, height and width: usable by any
    runtime.

    Parameters
    ----------
    net : Module
        The network.
    card : Card
        Its card, which goes into the file.
    metadata : mapping of str to str, optional
        What the file says by name beside the card.

    Returns
    -------
    bytes
        The file, not finished yet.

    Raises
    ------
    WeightsError
        If the network holds an operation that has no place in such a graph.
    """
    import onnx
    from onnx import helper

    if card.wear:
        assert isinstance(net, Residual)
        graph = worn_graph(net, card.name)
    else:
        shipped = without_padding(net) if card.input_size == "lr" else net
        graph = graph_of(shipped.eval(), card.name, shape_of(net).channels)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="srcnn"
    )
    helper.set_model_props(model, {**(metadata or {}), CARD_KEY: card.to_json()})
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString()
    return data


def check(net: nn.Module, data: bytes) -> float:
    """Run both on an image that is like a natural one.

    White noise would not do: what a network was never trained on may come out hundreds of times as large, and the
    rounding with it.

    Parameters
    ----------
    net : Module
        The network in torch.
    data : bytes
        What `to_onnx` made of it.

    Returns
    -------
    float
        The largest difference as a share of the output's range.

    Raises
    ------
    WeightsError
        If it exceeds `TOLERANCE`.
    """
    onnxruntime = silent_onnxruntime()
    shape = shape_of(net)
    x = dead_leaves(3 if is_worn(net) else shape.channels, 80, 112)
    network_input = np.pad(x, ((0, 0), (shape.halo,) * 2, (shape.halo,) * 2), mode=padding_of(net))
    inputs = {"x": network_input[None]}
    if is_worn(net):
        inputs[WEAR] = np.array([Wear(60, 5).planes], np.float32)
        expected = predict_worn(net, x, Wear(60, 5))
    else:
        expected = predict(net, x)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    found = session.run(["y"], inputs)[0][0]
    if found.shape != expected.shape:
        raise WeightsError(f"ONNX Runtime returns shape {found.shape}, torch {expected.shape}; the export is wrong")
    difference = float(
        np.abs(found - expected).max() / max(np.ptp(expected), np.abs(expected).max(), np.finfo(np.float32).tiny)
    )
    if not difference <= TOLERANCE:
        raise WeightsError(
            f"ONNX Runtime and torch differ by {difference:.1e} of the output's range, more than "
            f"{TOLERANCE:.0e}; the export is wrong"
        )
    return difference


def predict_worn(net: nn.Module, rgb: Floats, wear: Wear) -> Floats:
    """What torch makes of an RGB image (3, H, W) that is so worn.

    Parameters
    ----------
    net : Module
        One that is told the wear.
    rgb : (3, H, W) float array
        In [0, 1].
    wear : Wear
        What it is told.

    Returns
    -------
    (3, H * scale, W * scale) float array
        RGB, not clipped.
    """
    ycbcr = np.moveaxis(rgb_to_ycbcr(np.moveaxis(rgb, 0, 2)), 2, 0)
    sr = predict(net, with_wear(ycbcr, wear))
    return np.moveaxis(ycbcr_to_rgb(np.moveaxis(sr, 0, 2)), 2, 0)


def dead_leaves(channels: int, height: int, width: int) -> Floats:
    """An image of discs that hide each other, always the same.

    Its edges, flats and power spectrum are distributed as in natural images: Lee, Mumford and Huang, Occlusion models
    for natural images, IJCV 2001.

    Parameters
    ----------
    channels, height, width : int
        Its shape.

    Returns
    -------
    (channels, height, width) float32 array
        In [0, 1].
    """
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:height, :width]
    image = np.full((channels, height, width), 0.5, np.float32)
    smallest, largest = 1.5, height / 2
    for _ in range(3000):
        # Radii of density r**-3: as many pixels lie in small discs as in large ones.
        radius = (smallest**-2 - rng.random() * (smallest**-2 - largest**-2)) ** -0.5
        inside = (rows - rng.uniform(0, height)) ** 2 + (columns - rng.uniform(0, width)) ** 2 < radius**2
        image[:, inside] = rng.random((channels, 1), np.float32)
    return image
