"""Going on with a run: from a checkpoint of the same network, measured on the same images as before."""

from pathlib import Path
from typing import Any

from srcnn.errors import OptionError, WeightsError
from srcnn.training.config import TrainConfig, config_from
from srcnn.training.data import ImageFiles
from srcnn.training.predict import read_checkpoint

STATE = ("mean", "optimiser", "step", "seconds", "log", "losses")
"""What the checkpoint of a run holds beside its recipe and its weights."""

# Of another one, the weights or the optimiser's state would not fit, or PSNR would be of another task.
_SAME = ("net", "widths", "expand", "scale", "degradation", "optimiser", "seed", "ema")


def earlier_run(path: Path, config: TrainConfig) -> dict[str, Any]:
    """The checkpoint to go on from, which must be one of the same run.

    Parameters
    ----------
    path : path
        ``last.ckpt`` of the run.
    config : TrainConfig
        The recipe to go on with.

    Returns
    -------
    dict of str to object
        As `srcnn.training.predict.read_checkpoint` gives it, with `STATE`.

    Raises
    ------
    OptionError
        If the recipe is of another network or task.
    WeightsError
        If the file is no checkpoint, or only one of weights.
    """
    checkpoint = read_checkpoint(path)
    made_with = config_from(checkpoint["config"])
    for key in _SAME:
        if getattr(config, key) != getattr(made_with, key):
            raise OptionError(
                f"{path} was made with {key} = {getattr(made_with, key)!r}, not {getattr(config, key)!r}; "
                "resume with the recipe it began with, or begin a new run from its weights with init"
            )
    lacking = [key for key in STATE if key not in checkpoint]
    if lacking:
        raise WeightsError(
            f"nothing to resume: {path} holds weights, but not the state of a run ({', '.join(lacking)}); "
            "begin a new run from them with init"
        )
    return checkpoint


def check_held_out(checkpoint: dict[str, Any], images: ImageFiles, path: Path) -> None:
    """See that a run goes on with the images that were held out, without which its best network is no more to be found.

    Parameters
    ----------
    checkpoint : dict
        Of the run.
    images : ImageFiles
        Of the piece that begins.
    path : path
        The checkpoint's, for the error.

    Raises
    ------
    OptionError
        If other images are held out now. Checkpoints of older versions do not tell, and pass.
    """
    before, now = checkpoint.get("held_out"), names_of(images)
    if before not in (None, now):
        other = sorted({*before} ^ {*now})
        raise OptionError(
            f"{path} was validated on {len(before)} images, which are not those that are held out now "
            f"({', '.join(other[:3])}{', …' * (len(other) > 3)}); resume with the images and the recipe it began with, "
            "or begin a new run from its weights with init"
        )


def names_of(images: ImageFiles) -> list[str]:
    """The names of the held-out images, as a checkpoint stores them.

    Parameters
    ----------
    images : ImageFiles
        Of a run.

    Returns
    -------
    list of str
        Without folders, which may be moved.
    """
    return [path.name for path in images.validation]
