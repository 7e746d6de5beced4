"""Measurements that are kept in files: which of them are stale, and how they are made again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks" / "measured"


@dataclass(frozen=True)
class Measurement:
    """Something that takes too long to be measured whenever it is looked at.

    Attributes
    ----------
    name : str
        Of its file, ``benchmarks/measured/NAME.json``.
    parts : callable
        What there is to measure now: the name of each part, and the fingerprint of what its values depend on.
    measure : callable
        The values of one part, which JSON can hold.
    needs : str
        What measuring takes beside the package; empty where it takes nothing.
    """

    name: str
    parts: Callable[[], Mapping[str, str]]
    measure: Callable[[str], Any]
    needs: str = ""

    @property
    def path(self) -> Path:
        """The file with the values."""
        return FOLDER / f"{self.name}.json"

    def values(self) -> dict[str, Any]:
        """The values by part, as they were last measured, of the parts that there are now."""
        kept = self._kept()
        return {part: kept[part]["values"] for part in self.parts() if part in kept}

    def stale(self) -> list[str]:
        """The parts that were never measured, or on something else than there is now."""
        kept = self._kept()
        return [part for part, of in self.parts().items() if kept.get(part, {}).get("of") != of]

    def update(self, part: str) -> None:
        """Measure one part and store it; parts that are no more are dropped."""
        parts = self.parts()
        made = {"of": parts[part], "values": self.measure(part)}
        kept = self._kept() | {part: made}
        rows = {name: kept[name] for name in parts if name in kept}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def _kept(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        kept: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return kept
