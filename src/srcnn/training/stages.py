"""Recipes in stages: which runs a recipe needs before its own.

A recipe names another run's checkpoint as ``runs/STEM/best.ckpt``, and the run of ``STEM.toml`` goes to ``runs/STEM``.
"""

from pathlib import Path
from typing import Any

from srcnn.errors import OptionError, WeightsError
from srcnn.training.config import TrainConfig, config_from, load_recipe
from srcnn.training.predict import read_checkpoint
from srcnn.weights.log import LogRow


def named_files(config: TrainConfig) -> tuple[Path, ...]:
    """The files that a recipe begins from or is taught by; shipped models, which are named without a suffix,
    are none.

    Parameters
    ----------
    config : TrainConfig
        The recipe.

    Returns
    -------
    tuple of path
        Each once.
    """
    return tuple(
        dict.fromkeys(
            Path(source) for source in (config.init, config.teacher) if Path(source).suffix in (".ckpt", ".onnx")
        )
    )


def stage_of(file: Path, recipes: Path) -> Path:
    """The recipe, in the folder ``recipes``, whose run leaves a file.

    Parameters
    ----------
    file : path
        A checkpoint, ``runs/STEM/best.ckpt``.
    recipes : path
        The folder.

    Returns
    -------
    path
        ``recipes/STEM.toml``, whether it exists or not.
    """
    return recipes / f"{file.parent.name}.toml"


def earlier_stages(recipe: Path, config: TrainConfig | None = None, *, missing: bool = False) -> tuple[Path, ...]:
    """The recipes whose runs a recipe needs, in an order in which they can be trained.

    Parameters
    ----------
    recipe : Path
        Its stages are looked for beside it.
    config : TrainConfig, optional
        What it says, where something was changed; read when not given.
    missing : bool
        Only those stages whose checkpoint is not there yet, and what these need.

    Returns
    -------
    tuple of path
        Each once, those it needs before it.

    Raises
    ------
    OptionError
        If a stage needs, in the end, itself, or its recipe cannot be read.
    WeightsError
        If a file is needed that is not there and that no recipe makes.
    """
    found: dict[Path, None] = {}
    _collect(recipe, config or load_recipe(recipe), missing, (recipe,), found)
    return tuple(found)


def _collect(
    recipe: Path, config: TrainConfig, missing: bool, above: tuple[Path, ...], found: dict[Path, None]
) -> None:
    for file in named_files(config):
        if missing and file.exists():
            continue
        stage = stage_of(file, recipe.parent)
        if stage in above:
            raise OptionError(f"{recipe} needs {file}, the run of {stage}, which in turn needs {recipe}")
        if not stage.is_file():
            if file.exists():
                continue
            raise WeightsError(f"{recipe} needs {file}, which does not exist, and there is no {stage} to train it")
        _collect(stage, load_recipe(stage), missing, (*above, stage), found)
        found[stage] = None


def check_stages(recipe: Path, config: TrainConfig) -> None:
    """See that all files are there that a recipe begins from or is taught by.

    Parameters
    ----------
    recipe : path
        Its file.
    config : TrainConfig
        What it says.

    Raises
    ------
    WeightsError
        If one is missing; the text says which recipes to train, in which order.
    """
    stages = earlier_stages(recipe, config, missing=True)
    if stages:
        wanted = [str(file) for file in named_files(config) if not file.exists()]
        lack = "which does not exist" if len(wanted) == 1 else "which do not exist"
        first = "; ".join(f"srcnn train {stage}" for stage in stages)
        raise WeightsError(f"{recipe} needs {' and '.join(wanted)}, {lack}; train first, in this order: {first}")


def log_before(config: TrainConfig) -> tuple[LogRow, ...]:
    """The log of the stages that a run goes on from, so that its own tells the whole training.

    Parameters
    ----------
    config : TrainConfig
        The recipe.

    Returns
    -------
    tuple of LogRow
        Empty where a run begins from no checkpoint, or from one that was validated otherwise: of another scale, say.

    Raises
    ------
    WeightsError
        If the checkpoint cannot be read.
    """
    if Path(config.init).suffix != ".ckpt":
        return ()
    saved = read_checkpoint(Path(config.init))
    before = config_from(saved["config"])
    if any(getattr(before, key) != getattr(config, key) for key in _VALIDATED_BY):
        return ()
    return log_of(saved)


_VALIDATED_BY = ("scale", "degradation", "validation", "validation_every", "holdout", "live")


def log_of(checkpoint: dict[str, Any]) -> tuple[LogRow, ...]:
    """The log in a checkpoint: of the stages before its own, then its own.

    Parameters
    ----------
    checkpoint : dict
        As `srcnn.training.predict.read_checkpoint` gives it.

    Returns
    -------
    tuple of LogRow
        In the order of training.
    """
    return tuple(LogRow(**row) for row in (*checkpoint.get("earlier", ()), *checkpoint.get("log", ())))
