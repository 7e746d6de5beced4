"""The size of a result."""

import pytest

from srcnn.errors import OptionError
from srcnn.sizes import target_size


def test_sizes() -> None:
    assert target_size(10, 15) == (30, 45)
    assert target_size(10, 15, 1.5) == (15, 23)
    assert target_size(10, 15, width=30) == (20, 30)
    assert target_size(10, 15, height=5) == (5, 8)
    assert target_size(10, 15, width=7, height=9) == (9, 7)
    assert target_size(1000, 1, 0.1) == (100, 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": 2, "width": 9}, "either scale or a size"),
        ({"scale": 65}, "scale must be at most 64"),
        ({"width": 1000}, "more than 64 times"),
        ({"height": 0}, "height must be a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, int], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        target_size(10, 15, **given)
