"""The learning rate rises while a run warms up, and falls to a thousandth by its end."""

import pytest

from srcnn.training.config import TrainConfig
from srcnn.training.schedule import rate_factor


def recipe(**values: object) -> TrainConfig:
    return TrainConfig(net="plain-4-2", scale=2, data=("x",), steps=1, warm_up=100, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "done", "factor"), [(0, 0.0, 0.01), (49, 0.0, 0.5), (100, 0.0, 1.0), (100, 0.5, 0.5005), (100, 1.0, 0.001)]
)
def test_rate_rises_and_falls(step: int, done: float, factor: float) -> None:
    assert rate_factor(recipe(), step, done) == pytest.approx(factor)


def test_rate_stays_where_a_recipe_wants_it() -> None:
    assert rate_factor(recipe(cosine=False), 100, 1.0) == 1.0
