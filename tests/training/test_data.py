"""Sub-images come from where they should, and no image stands on both sides."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srcnn.degrade import make_pair
from srcnn.errors import DataError, OptionError
from srcnn.files import write_image
from srcnn.files.picture import Picture
from srcnn.image.colour import rgb_to_ycbcr
from srcnn.nets import Colour
from srcnn.training.config import TrainConfig
from srcnn.training.data import ImageFiles, Pair, PatchSampler, check_patch, find_images, make_pairs, read_hr


def numbered_pair(height: int = 40, width: int = 50) -> Pair:
    image = np.arange(height * width, dtype=np.float32).reshape(1, height, width)
    return Pair(image, image)


def test_held_out_images_are_not_trained_on(photos: Path, config: TrainConfig) -> None:
    found = find_images(config, photos)
    assert len(found.validation) == 2
    assert len(found.train) == 4
    assert not set(found.train) & set(found.validation)
    named = find_images(replace(config, validation=".", validation_every=2), photos)
    assert len(named.validation) == 3
    assert not set(named.train) & set(named.validation)


@pytest.mark.parametrize("data", [("one", "one"), ("one", "link"), ("one", ".", "one/../one"), (".",)])
@pytest.mark.parametrize("validation", ["", "one", "link", "./one"])
def test_no_image_is_held_out_and_trained_on_whatever_it_is_called(
    photos: Path, config: TrainConfig, tmp_path: Path, data: tuple[str, ...], validation: str
) -> None:
    shutil.copytree(photos, tmp_path / "one")
    (tmp_path / "link").symlink_to("one")
    found = find_images(replace(config, data=data, validation=validation, validation_every=3, holdout=4), tmp_path)
    train, held_out = ({path.resolve() for path in paths} for paths in (found.train, found.validation))
    assert not train & held_out
    assert len(train | held_out) == 6
    assert len(held_out) == len(found.validation) == 2


def test_a_folder_that_is_named_twice_is_drawn_twice_as_often(photos: Path, config: TrainConfig) -> None:
    once, twice = (find_images(replace(config, data=(".",) * count), photos) for count in (1, 2))
    assert twice.validation == once.validation
    assert twice.train == once.train * 2


def test_digest_follows_the_bytes(photos: Path, config: TrainConfig) -> None:
    found = find_images(config, photos)
    assert found.digest() == find_images(config, photos).digest()
    assert found.digest() != replace(found, train=found.train[1:]).digest()


def test_digest_tells_other_pixels_and_no_names(tmp_path: Path) -> None:
    digests = []
    for folder, name, data in (("a", "x.png", b"one"), ("b", "x.png", b"two"), ("c", "y.png", b"one")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(data)
        digests.append(ImageFiles((tmp_path / folder / name,), ()).digest())
    assert digests[0] == digests[2] != digests[1]


def test_images_are_listed_in_one_order(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    names = [f"{number * 7 % 23}.png" for number in range(23)]
    for name in names:
        (tmp_path / name).write_bytes((photos / "0.png").read_bytes())
    found = find_images(config, tmp_path)
    assert [path.name for path in found.validation] == sorted(names)[::3]
    assert [path.name for path in found.train] == [name for i, name in enumerate(sorted(names)) if i % 3]


@pytest.mark.parametrize("colour", ["luma", "rgb"])
def test_16_bits_are_rounded_to_8(tmp_path: Path, colour: Colour) -> None:
    deep = np.array([[0, 128, 129, 257 * 7 + 128, 257 * 7 + 129, 65535]], np.uint16)
    write_image(tmp_path / "deep.png", Picture(deep))
    values = read_hr(tmp_path / "deep.png", colour)
    assert np.rint(values.reshape(6, -1)[:, 0] * 255).tolist() == [0, 0, 1, 7, 8, 255]


def test_missing_and_empty_folders_are_clear(tmp_path: Path, config: TrainConfig) -> None:
    with pytest.raises(DataError, match="no folder of training images"):
        find_images(replace(config, data=("nowhere",)), tmp_path)
    with pytest.raises(DataError, match="no training images in"):
        find_images(config, tmp_path)


def test_one_image_is_too_few(photos: Path, tmp_path: Path, config: TrainConfig) -> None:
    (tmp_path / "only.png").write_bytes((photos / "0.png").read_bytes())
    with pytest.raises(DataError, match="at least 2"):
        find_images(config, tmp_path)


@pytest.mark.parametrize("input_size", ["hr", "lr"])
def test_pairs_are_made_by_the_projects_degradation(photos: Path, config: TrainConfig, input_size: str) -> None:
    paths = (photos / "0.png",)
    (pair,) = make_pairs(paths, config, colour="luma", input_size=input_size, smallest=20)
    hr, lr, ilr = make_pair(read_hr(paths[0], "luma"), 2)
    np.testing.assert_array_equal(pair.hr[0], hr)
    np.testing.assert_array_equal(pair.source[0], ilr if input_size == "hr" else lr)


def test_a_teacher_is_mixed_into_the_target(photos: Path, config: TrainConfig) -> None:
    taught = replace(config, teacher="t", teacher_weight=0.25)
    paths = (photos / "0.png",)
    (pair,) = make_pairs(
        paths,
        taught,
        colour="luma",
        input_size="hr",
        smallest=20,
        teacher=lambda lr: np.kron(lr, np.ones((2, 2))) * 0 + 1,
    )
    (plain,) = make_pairs(paths, config, colour="luma", input_size="hr", smallest=20)
    np.testing.assert_allclose(pair.hr, 0.75 * plain.hr + 0.25, atol=1e-6)


def test_colour_pairs_have_three_planes(photos: Path, config: TrainConfig) -> None:
    (pair,) = make_pairs((photos / "0.png",), config, colour="rgb", input_size="hr", smallest=20)
    assert pair.hr.shape == pair.source.shape == (3, 60, 72)


def test_colour_planes_are_those_asked_for(photos: Path, config: TrainConfig) -> None:
    path = photos / "0.png"
    rgb, ycbcr, luma = read_hr(path, "rgb"), read_hr(path, "ycbcr"), read_hr(path, "luma")
    np.testing.assert_allclose(ycbcr, rgb_to_ycbcr(rgb))
    np.testing.assert_allclose(ycbcr[..., 0], luma, atol=0.51 / 255)  # the protocol rounds luma to 8 bits
    (pair,) = make_pairs((path,), config, colour="ycbcr", input_size="hr", smallest=20)
    np.testing.assert_allclose(pair.hr, np.moveaxis(ycbcr, 2, 0)[:, : pair.hr.shape[1], : pair.hr.shape[2]])


def test_images_smaller_than_a_sub_image_are_refused(photos: Path, config: TrainConfig) -> None:
    with pytest.raises(DataError, match="at least 300 pixels"):
        make_pairs((photos / "0.png",), config, colour="luma", input_size="hr", smallest=300)


def test_a_image_that_the_scale_cuts_below_a_sub_image_is_left_out(
    tmp_path: Path, photos: Path, config: TrainConfig
) -> None:
    # 22 pixels are 20 after the cut to a multiple of 4: a patch of 21 does not fit.
    Image.fromarray(np.zeros((22, 22, 3), np.uint8)).save(tmp_path / "small.png")
    quarter = replace(config, scale=4, patch=21)
    pairs = make_pairs((tmp_path / "small.png", photos / "0.png"), quarter, colour="luma", input_size="hr", smallest=21)
    assert [pair.hr.shape for pair in pairs] == [(1, 60, 72)]
    PatchSampler(pairs, 21, 5, 1, 4, True, 0).sample(0)


def test_target_is_the_centre_of_its_source() -> None:
    sampler = PatchSampler([numbered_pair()], patch=12, halo=3, reduction=1, batch=6, augment=True, seed=1)
    source, target = sampler.sample(0)
    assert source.shape == (6, 1, 12, 12)
    np.testing.assert_array_equal(source[..., 3:-3, 3:-3], target)


def test_batches_depend_on_seed_number_and_rank_alone() -> None:
    sampler = PatchSampler([numbered_pair()], patch=12, halo=3, reduction=1, batch=3, augment=True, seed=1)
    np.testing.assert_array_equal(sampler.sample(7)[0], sampler.sample(7)[0])
    for other in (sampler.sample(8), sampler.sample(7, rank=1), replace(sampler, seed=2).sample(7)):
        assert not np.array_equal(sampler.sample(7)[0], other[0])


def test_all_eight_orientations_are_drawn() -> None:
    pair = Pair(np.arange(16, dtype=np.float32).reshape(1, 4, 4), np.arange(16, dtype=np.float32).reshape(1, 4, 4))
    seen = {PatchSampler([pair], 4, 0, 1, 1, True, 0).sample(i)[0].tobytes() for i in range(200)}
    assert len(seen) == 8
    assert len({PatchSampler([pair], 4, 0, 1, 1, False, 0).sample(i)[0].tobytes() for i in range(20)}) == 1


def test_grid_corners_are_multiples_of_the_stride() -> None:
    pair = numbered_pair(40, 50)
    sampler = PatchSampler([pair], patch=12, halo=0, reduction=1, batch=400, augment=False, seed=0, stride=14)
    corners = {(int(v) // 50, int(v) % 50) for v in sampler.sample(0)[0][:, 0, 0, 0]}
    assert corners == {(top, left) for top in (0, 14, 28) for left in (0, 14, 28)}


def test_patches_that_were_cut_beforehand_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [Pair(*np.random.default_rng(n).random((2, 1, 40, 33), np.float32)) for n in range(3)]
    sampler = PatchSampler(pairs, patch=12, halo=2, reduction=1, batch=9, augment=False, seed=3, stride=5)
    cut = sampler.sample(7)
    monkeypatch.setattr("srcnn.training.data._LARGEST_CUT", 0)
    one_by_one = replace(sampler).sample(7)
    assert cut[0].shape == (9, 1, 12, 12)
    assert cut[1].shape == (9, 1, 8, 8)
    for a, b in zip(cut, one_by_one, strict=True):
        np.testing.assert_array_equal(a, b)


def test_low_resolution_patches_lie_under_their_targets() -> None:
    lr = np.arange(20 * 25, dtype=np.float32).reshape(1, 20, 25)
    pair = Pair(lr, np.kron(lr, np.ones((1, 2, 2), np.float32)))
    source, target = PatchSampler([pair], patch=8, halo=0, reduction=2, batch=5, augment=True, seed=0).sample(3)
    assert source.shape == (5, 1, 4, 4)
    np.testing.assert_array_equal(target[..., ::2, ::2], source)


def test_images_are_drawn_in_proportion_to_their_area() -> None:
    small, large = (
        Pair(np.full((1, n, 40), v, np.float32), np.full((1, n, 40), v, np.float32)) for n, v in ((20, 0), (60, 1))
    )
    drawn = PatchSampler([small, large], 20, 0, 1, 2000, False, 0).sample(0)[0][:, 0, 0, 0]
    assert drawn.mean() == pytest.approx(0.75, abs=0.04)


@pytest.mark.parametrize(
    ("patch", "halo", "reduction", "words"),
    [(16, 8, 1, "larger than the 16 pixels"), (20, 0, 3, "multiple of the scale")],
)
def test_impossible_sub_images_are_refused(patch: int, halo: int, reduction: int, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        PatchSampler([numbered_pair()], patch, halo, reduction, 1, False, 0)


def test_the_learning_curve_of_a_run_is_no_training_image(photos: Path, config: TrainConfig, tmp_path: Path) -> None:
    shutil.copytree(photos, tmp_path / "mine")
    found = find_images(config, tmp_path / "mine")
    run = tmp_path / "mine" / "runs" / "first"
    run.mkdir(parents=True)
    shutil.copy(photos / "0.png", run / "learning_curve.png")
    (run / "last.ckpt").touch()
    assert find_images(config, tmp_path / "mine") == found


def test_it_is_told_that_all_images_are_held_out(photos: Path, config: TrainConfig) -> None:
    with pytest.raises(DataError, match=r"all 6 images of .* are held out .* none is left to train on"):
        find_images(replace(config, validation="."), photos)


def test_a_frame_leaves_something_of_a_patch() -> None:
    check_patch(24, 2, 1, frame=9)
    with pytest.raises(OptionError, match=r"something of the 20 pixels .* 10 on every side take 20"):
        check_patch(24, 2, 1, frame=10)
    with pytest.raises(OptionError, match=r"something of the 24 pixels .* 4 on every side take 24"):
        check_patch(24, 0, 3, frame=4)
