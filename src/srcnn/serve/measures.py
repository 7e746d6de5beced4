"""What a service counts, as Prometheus reads it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from srcnn.serve.queueing import FairQueue
from srcnn.serve.worker import Worker
from srcnn.version import VERSION

_BOUNDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300)  # seconds


@dataclass
class Measures:
    """Counters of one service, from its start on."""

    answers: Counter[int] = field(default_factory=Counter)  # by status
    images: Counter[str] = field(default_factory=Counter)  # by what became of them
    bytes_in: int = 0
    bytes_out: int = 0
    pixels_out: int = 0
    seconds: float = 0.0  # of computing, in all
    _slots: Counter[float] = field(default_factory=Counter)

    def made(self, seconds: float, pixels: int) -> None:
        """Count one image.

        Parameters
        ----------
        seconds : float
            That the computation took.
        pixels : int
            Of the result.
        """
        self.images["made"] += 1
        self.pixels_out += pixels
        self.seconds += seconds
        for bound in _BOUNDS:
            self._slots[bound] += seconds <= bound

    def text(self, queue: FairQueue, worker: Worker) -> str:
        """All figures.

        Parameters
        ----------
        queue : FairQueue
            Whose length is told.
        worker : Worker
            Whose memory is told.

        Returns
        -------
        str
            In the text format of Prometheus.
        """
        return "".join(f"{line}\n" for line in self._lines(queue, worker))

    def _lines(self, queue: FairQueue, worker: Worker) -> Iterator[str]:
        yield from _family("srcnn_info", "gauge", "The version.", {f'version="{VERSION}"': 1})
        answers = {f'status="{status}"': count for status, count in sorted(self.answers.items())}
        yield from _family("srcnn_http_responses_total", "counter", "Answers by status.", answers)
        ends = {f'outcome="{name}"': self.images[name] for name in ("made", "failed", "cancelled", "refused")}
        yield from _family("srcnn_images_total", "counter", "Images by what became of them.", ends)
        yield from _family("srcnn_places", "gauge", "Requests that are accepted at once.", {"": queue.places})
        yield from _family("srcnn_places_taken", "gauge", "Requests that are accepted now.", {"": queue.held})
        yield from _family("srcnn_waiting", "gauge", "Requests that wait for their turn.", {"": queue.waiting})
        yield from _family("srcnn_received_bytes_total", "counter", "Bytes of images received.", {"": self.bytes_in})
        yield from _family("srcnn_sent_bytes_total", "counter", "Bytes of results sent.", {"": self.bytes_out})
        yield from _family("srcnn_result_pixels_total", "counter", "Pixels of results.", {"": self.pixels_out})
        yield from _family("srcnn_worker_starts_total", "counter", "Starts of the worker.", {"": worker.starts})
        name = "srcnn_compute_seconds"
        yield f"# HELP {name} Seconds of computing an image, with its reading and writing."
        yield f"# TYPE {name} histogram"
        for bound in _BOUNDS:
            yield f'{name}_bucket{{le="{bound:g}"}} {self._slots[bound]}'
        yield f'{name}_bucket{{le="+Inf"}} {self.images["made"]}'
        yield f"{name}_sum {self.seconds:.6f}"
        yield f"{name}_count {self.images['made']}"
        memory = {
            f'process="{process}"': size
            for process, pid in (("server", os.getpid()), ("worker", worker.pid))
            if pid is not None and (size := resident(pid)) is not None
        }
        yield from _family("srcnn_resident_memory_bytes", "gauge", "Memory of a process.", memory)


def resident(pid: int) -> int | None:
    """The memory that a process has now.

    Parameters
    ----------
    pid : int
        Its number.

    Returns
    -------
    int or None
        Bytes; None where the system does not say.
    """
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _family(name: str, kind: str, words: str, values: dict[str, int]) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{{{labels}}} {value}" if labels else f"{name} {value}"
