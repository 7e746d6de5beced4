"""The command `srcnn`, whose work ends its process at an image called ``poison``, as a crash in a library would."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from srcnn.cli import main
from srcnn.planning import Job
from srcnn.prepared import Upscaled
from srcnn.progress import OnProgress
from srcnn.upscale_file import UpscaleFile


@dataclass(frozen=True, kw_only=True)
class Poisoned(UpscaleFile):
    def __call__(self, job: Job[Path], on_progress: OnProgress | None = None) -> Upscaled:
        if job.source.stem == "poison":
            os._exit(9)
        return super().__call__(job, on_progress)


def poisoned() -> None:
    """The command line; other processes find `Poisoned` by the name of this module."""
    vars(sys.modules[UpscaleFile.__module__])["UpscaleFile"] = Poisoned
    main()
