"""The tables and images of the documentation are those of the models that are shipped now."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.tables import measured, peers
from scripts.tables.fingerprints import _of, fingerprints
from scripts.tables.images import IMAGES, PICTURED, digest
from scripts.tables.markdown import filled, names, table, translated
from scripts.tables.measured import ROOT, Measurement
from scripts.tables.registry import MEASUREMENTS, TABLES, pages, with_tables
from srcnn import weights
from srcnn.weights.card import Card

TOLD = "run: make tables"


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_tables_are_what_the_cards_and_the_measurements_give(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == with_tables(path), f"{path.name} has a stale table; {TOLD}"


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_measurements_are_of_what_is_shipped(name: str) -> None:
    assert MEASUREMENTS[name].stale() == [], f"{MEASUREMENTS[name].path} is stale; {TOLD}"


@pytest.mark.parametrize("name", IMAGES)
def test_images_are_those_that_were_made(name: str) -> None:
    assert digest(name) == PICTURED.values()[name]["sha256"], f"docs/images/{name} was changed by hand; {TOLD}"


def test_every_table_stands_on_a_page() -> None:
    assert {name for path in pages() for name in names(path.read_text(encoding="utf-8"))} == {*TABLES}


def test_a_page_is_filled_at_its_marks_alone() -> None:
    mark, end = "<!-- table: {} -->", "<!-- /table -->"
    page = "\n".join(["before", "", mark.format("one"), "old", end, "", mark.format("two"), end, "after"])
    assert names(page) == ["one", "two"]
    once = filled(page, str.upper)
    one, two = ([mark.format(name), "", name.upper(), "", end] for name in ("one", "two"))
    assert once.split("\n") == ["before", "", *one, "", *two, "after"]
    assert filled(once, str.upper) == once


def test_an_unknown_table_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- table: modelz -->\n<!-- /table -->\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"'modelz'; there are: models"):
        with_tables(page)


def test_translation_replaces_words_and_leaves_figures() -> None:
    words = {"model": "모델", "Plain": "단순", "alias": "별칭", "parameters": "매개변수"}
    made = translated(
        table(("model", "parameters"), [("Plain (alias `best`; other)", "1,000"), ("model x", "")]), words
    )
    assert made.splitlines() == [
        "| 모델 | 매개변수 |",
        "| --- | --- |",
        "| 단순 (별칭 `best`; other) | 1,000 |",
        "| model x |  |",
    ]


def test_only_stale_parts_are_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "FOLDER", tmp_path)
    parts = {"x2": "a", "x3": "b"}
    measurement = Measurement("trial", lambda: parts, lambda part: {"of": part})
    assert measurement.stale() == ["x2", "x3"]
    for part in measurement.stale():
        measurement.update(part)
    assert measurement.stale() == []
    parts |= {"x3": "c", "x4": "d"}
    del parts["x2"]
    assert measurement.stale() == ["x3", "x4"]
    measurement.update("x4")
    assert measurement.values() == {"x3": {"of": "x3"}, "x4": {"of": "x4"}}
    assert [*json.loads((tmp_path / "trial.json").read_text(encoding="utf-8"))] == ["x3", "x4"]


def test_a_fingerprint_is_of_what_a_model_computes(tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    from srcnn.training.finish import with_card
    from srcnn.weights import npz

    def copy(entry: weights.Entry, card: Card) -> str:
        arrays = npz.unpack(entry.read())[0] if entry.kind == "npz" else {}
        data = npz.pack(arrays, card) if arrays else with_card(entry.read(), card)
        return _of(weights.write(data, card, entry.kind, tmp_path))

    for entry in (weights.find("fsrcnn", 2), weights.find("kk", 2)):
        scored = replace(entry.card, scores={"Set5": {"psnr": 1.0}})
        assert copy(entry, scored) == _of(entry) == fingerprints()[entry.card.name, 2]
        assert copy(entry, replace(entry.card, halo=entry.card.halo + 1)) != _of(entry)
    assert len({*fingerprints().values()}) == len(weights.entries())


def test_peers_are_rows_of_one_shape() -> None:
    rows = list(peers.peers())
    assert {(peer.name, peer.scale) for peer in rows} >= {("CARN-M", 4), ("SAFMN", 3), ("SPAN", 2), ("VDSR", 2)}
    assert len({(peer.name, peer.scale) for peer in rows}) == len(rows)
    for peer in rows:
        assert len(peer.psnr) == len(peers.SETS)
        assert all(20 < float(figure) < 45 for figure in peer.psnr if figure)
        assert re.fullmatch(r"\[\d\](, \[\d\])*", peer.source)
    drawn = peers.draw(4)
    counts = [int(line.split("|")[3].replace(",", "")) for line in drawn.splitlines()[2:] if line.split("|")[3].strip()]
    assert counts == sorted(counts)
    assert "| CARN-M | 412,000 | 35,300 | 31.92 |" in drawn


def test_measurements_lie_in_the_repository() -> None:
    for measurement in MEASUREMENTS.values():
        assert measurement.path.is_relative_to(ROOT / "benchmarks")
