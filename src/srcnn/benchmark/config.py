"""The settings of a benchmark."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from srcnn.methods.base import Engine


@dataclass(frozen=True, kw_only=True)
class BenchmarkConfig:
    """What to measure. ``("all",)`` stands for every method there is at a scale, and for every metric."""

    methods: tuple[str, ...]
    datasets: tuple[str, ...] = ("Set5",)
    scales: tuple[int, ...] = (2, 3, 4)
    metrics: tuple[str, ...] = ("psnr", "ssim")
    threads: int | None = None  # None: as many as the process may use
    engine: Engine = "auto"
    degradations: tuple[str, ...] = ("bicubic",)  # every dataset by every one of them, see `datasets.worn`
    results: Mapping[str, Path] = field(
        default_factory=dict
    )  # by a name of their own: images made elsewhere, see `sources.SavedResults`
    save_images: bool = False  # keep every result and original as PNG, see `saved_images`
