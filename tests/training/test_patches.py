"""Patches made as they are drawn."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from srcnn.degrade import degrade
from srcnn.errors import DataError, OptionError
from srcnn.image.arrays import Bytes, to_floats
from srcnn.training.patches import HELD_OUT_WEAR, LivePatches, Source, read_sources, worn_pairs
from srcnn.training.wearing import wear_out
from srcnn.wear import Wear, wear_down


def photo(height: int, width: int, seed: int = 0) -> Bytes:
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    waves = [np.sin(rows / a + columns / b) for a, b in rng.uniform(3, 30, (3, 2))]
    return np.clip(128 + 60 * np.dstack(waves) + rng.normal(0, 3, (height, width, 3)), 0, 255).astype(np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, ...]:
    for i in range(3):
        Image.fromarray(photo(120 + 7 * i, 100)).save(tmp_path / f"{i}.png")
    return tuple(sorted(tmp_path.iterdir()))


def patches(**changes: Any) -> LivePatches:
    luma = [Source(photo(90, 99, seed)[..., 0]) for seed in range(2)]
    settings: dict[str, Any] = {"sources": luma, "scale": 3, "patch": 36, "batch": 4, "seed": 1}
    return LivePatches(**(settings | changes))


def test_a_clean_source_is_the_protocols_low_resolution_version_of_its_target() -> None:
    source, target = patches().sample(5)
    assert source.shape == (4, 1, 12, 12)
    assert target.shape == (4, 1, 36, 36)
    for lr, hr in zip(source[:, 0], target[:, 0], strict=True):
        np.testing.assert_allclose(lr[3:-3, 3:-3], degrade(hr, 3)[3:-3, 3:-3], atol=1e-5)


def test_a_batch_depends_on_seed_and_number_alone() -> None:
    for name in ("_clean", "_worn"):
        colour = [Source(photo(120, 120, seed)) for seed in range(2)]
        made = patches(sources=colour, worn=True) if name == "_worn" else patches(outliers=0.5, detail=1.0)
        made.sample(0)
        for first, again in zip(made.sample(7), made.sample(7), strict=True):
            np.testing.assert_array_equal(first, again)
        assert not np.array_equal(made.sample(7)[0], made.sample(8)[0])


def test_a_worn_batch_has_three_colours_and_two_constant_planes() -> None:
    made = patches(sources=[Source(photo(150, 140))], scale=2, patch=40, worn=True, batch=24)
    source, target = made.sample(0)
    assert source.shape == (24, 5, 20, 20)
    assert target.shape == (24, 3, 40, 40)
    told = source[:, 3:]
    assert (told == told[..., :1, :1]).all()
    assert len({float(t) for t in told[:, 0, 0, 0]}) > 3
    assert len({float(t) for t in told[:, 1, 0, 0]}) > 3


def test_detail_is_drawn_oftener() -> None:
    flat, busy = np.full((90, 90), 99, np.uint8), photo(90, 90)[..., 0]
    made = patches(sources=[Source(flat), Source(busy)], detail=1.0, batch=60)
    rough = (np.ptp(made.sample(0)[1], axis=(1, 2, 3)) > 0.1).mean()
    assert rough > 0.7


def test_a_teacher_takes_its_share_of_the_target() -> None:
    image = photo(90, 90)[..., 0]
    taught = np.full(image.shape, 0.25, np.float16)
    source = Source(image, taught)
    without, half = (patches(sources=[source], teacher_weight=w).sample(0)[1] for w in (0.0, 0.5))
    np.testing.assert_allclose(half, 0.5 * without + 0.125, atol=1e-3)


def test_patch_must_be_a_multiple_of_the_scale() -> None:
    with pytest.raises(OptionError, match="multiple of the scale 3"):
        patches(patch=35)


def test_sources_are_cut_to_the_scale_repeated_once_read_and_small_ones_left_out(files: tuple[Path, ...]) -> None:
    sources = read_sources((*files, files[0]), scale=3, sizes=(1.0, 0.5), smallest=60, colour=False)
    assert all(side % 3 == 0 for s in sources for side in s.image.shape)
    assert sum(s is sources[0] for s in sources) == 2
    assert all(min(s.image.shape) >= 60 for s in sources)
    with pytest.raises(DataError, match="at least 500"):
        read_sources(files, scale=3, sizes=(1.0,), smallest=500, colour=False)


def test_what_is_told_is_possible_and_mostly_true() -> None:
    rgb = photo(64, 64)
    rng = np.random.default_rng(0)
    told = []
    for _ in range(200):
        wear, worn = wear_out(rgb, rng)
        assert worn.shape == rgb.shape
        assert worn.dtype == np.uint8
        if wear == Wear():
            continue
        told.append(wear)
    assert any(w.quality is not None and w.noise > 0 for w in told)
    assert any(w.quality is None and w.noise > 0 for w in told)
    assert any(w.quality is not None and w.noise == 0 for w in told)


def test_mild_wear_is_a_jpeg_of_good_quality() -> None:
    rgb = photo(64, 64)
    rng = np.random.default_rng(0)
    for _ in range(20):
        wear, worn = wear_out(rgb, rng, mild=1.0)
        assert wear.noise == 0
        assert wear.quality is not None
        assert 88 <= wear.quality <= 98
        assert 0 < np.abs(worn.astype(int) - rgb).mean() < 4


def test_held_out_images_are_worn_in_every_way(files: tuple[Path, ...]) -> None:
    pairs = worn_pairs(files[:1], 2)
    assert len(pairs) == len(HELD_OUT_WEAR)
    clean = pairs[0].source[:3]
    errors = [float(np.abs(pair.source[:3] - clean).mean()) for pair in pairs]
    assert errors[0] == 0
    assert errors[1] < errors[3] < errors[4]  # JPEG 90, 50, 30
    assert errors[5] < errors[6] < errors[7]  # noise 5, 10, 25


def test_wear_down_is_reproducible_and_noise_comes_first() -> None:
    rgb = photo(48, 48)
    wear = Wear(60, 8)
    np.testing.assert_array_equal(wear_down(rgb, wear), wear_down(rgb, wear))
    noise = to_floats(wear_down(rgb, Wear(None, 8))) - to_floats(rgb)
    assert noise.std() * 255 == pytest.approx(8, rel=0.1)
