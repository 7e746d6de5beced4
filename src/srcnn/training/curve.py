"""The learning curve of a run as a picture."""

from collections.abc import Sequence
from pathlib import Path

from srcnn.errors import missing_extra
from srcnn.training.loop import LogRow


def draw_learning_curve(log: Sequence[LogRow], path: Path, title: str = "") -> None:
    """Draw validation PSNR and training loss against minutes into a PNG."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("the learning curve", "matplotlib", "train") from error
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    left = figure.add_subplot()
    minutes = [row.minutes for row in log]
    left.plot(minutes, [row.val_psnr for row in log], color="tab:blue", marker=".", label="validation PSNR")
    left.set_xlabel("minutes")
    left.set_ylabel("PSNR of the held-out pictures (dB)", color="tab:blue")
    right = left.twinx()
    right.semilogy(minutes, [row.train_loss for row in log], color="tab:orange", alpha=0.7)
    right.set_ylabel("training loss", color="tab:orange")
    left.set_title(title)
    left.grid(alpha=0.3)
    figure.savefig(str(path), dpi=120)
