"""A card from a stranger: every value is one that a card can have, or the error names it."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srcnn.errors import WeightsError
from srcnn.weights.card import LARGEST_TEXT, Card

CARD = Card(
    name="mine",
    scale=3,
    architecture="a net",
    parameters=5,
    halo=4,
    scores={"Set5": {"psnr": 30.0}},
    training_data=("T91",),
)


def text_with(**values: Any) -> str:
    return json.dumps({**asdict(CARD), **values})


def test_a_card_prints_in_one_line_and_shows_all_it_says() -> None:
    assert repr(CARD) == "Card('mine', scale=3, 'a net', 5 parameters)"
    table = replace(CARD, notes="two\nlines | <b>bold</b>")._repr_markdown_().splitlines()
    assert table[0] == "| mine x3 | |"
    assert "| training_data | T91 |" in table
    assert "| notes | two lines \\| &lt;b&gt;bold&lt;/b&gt; |" in table
    assert not any(line.startswith("| recipe ") for line in table)


def test_a_card_comes_back_as_it_was() -> None:
    assert Card.from_json(CARD.to_json()) == CARD
    assert Card.from_json(text_with(training_data=[])).training_data == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("halo", 20_000), ("halo", -1), ("halo", 2.5), ("halo", True), ("halo", "4"), ("halo", None),
        ("scale", 0), ("scale", 1), ("scale", -3), ("scale", 3.0), ("scale", 1000), ("scale", float("nan")),
        ("channels", "cmyk"), ("channels", 3), ("channels", ["luma"]), ("input_size", "ilr"), ("input_size", {}),
        ("name", ""), ("name", "../../up"), ("name", "a\nb"), ("name", "x" * 101), ("name", 7),
        ("name", ".hidden"), ("name", "con:"),
        ("parameters", -1), ("parameters", 1e9), ("seed", "one"), ("training_data", "T91"),
        ("training_data", [1]), ("training_data", {}),
        ("scores", []), ("scores", {"Set5": 30}), ("scores", {"Set5": {"psnr": float("inf")}}),
        ("scores", {"Set5": {"psnr": "high"}}),
        ("notes", 1), ("license", None), ("architecture", []), ("recipe", {}),
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_named(key: str, value: Any) -> None:
    with pytest.raises(WeightsError, match=f"card says {key} = "):
        Card.from_json(text_with(**{key: value}))


@pytest.mark.parametrize(("key", "value"), [("name", "mine/first"), ("scale", 20), ("seed", 10**30), ("halo", 200)])
def test_no_card_is_written_that_cannot_be_read(key: str, value: Any) -> None:
    with pytest.raises(WeightsError, match=f"card says {key} = "):
        replace(CARD, **{key: value}).to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        "null",
        "{",
        '{"name": "x"}',
        "[" * 100_000,
        '{"halo": ' + "9" * 5000 + "}",
        b"\xff\xfe\xfa",
        "\ud800",
    ],
)
def test_text_that_is_no_card_is_refused(text: str | bytes) -> None:
    with pytest.raises(WeightsError):
        Card.from_json(text)


def test_a_card_without_end_is_refused() -> None:
    with pytest.raises(WeightsError, match="characters long"):
        Card.from_json(text_with(notes="x" * LARGEST_TEXT))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(key=st.sampled_from(sorted(asdict(CARD))), value=JSON)
def test_any_value_gives_a_card_or_an_error_of_the_weights(key: str, value: Any) -> None:
    try:
        card = Card.from_json(text_with(**{key: value}))
    except WeightsError:
        return
    assert Card.from_json(card.to_json()) == card


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(WeightsError, match="unknown keys on the model's card: colour, tint"):
        Card.from_json(text_with(tint=1, colour="red"))
