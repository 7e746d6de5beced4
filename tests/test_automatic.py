"""The choice of a model by the wear of an image."""

import io
import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

import srcnn
from srcnn.automatic import Choice, Settings, checked_settings, choose, is_told
from srcnn.cli import main
from srcnn.errors import OptionError
from srcnn.estimate.tables import quality_of_quantiser
from srcnn.files.encoding import encode
from srcnn.files.formats import FORMATS
from srcnn.files.metadata.provenance import file_provenance
from srcnn.files.picture import Metadata, Quantiser
from srcnn.files.pillow import picture_from_pil
from srcnn.wear import NO_WEAR, Wear

CLEAN, WORN = "plain-l", "photo"


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    """Shading, edges and waves in colour, 96x128: nothing that could be taken for noise or a grid of blocks."""
    rows, columns = np.mgrid[:192, :256]
    disc = (rows - 90) ** 2 + (columns - 120) ** 2 < 60**2
    shade = 90 + 0.3 * rows + 25 * np.sin(columns / 9) * np.cos(rows / 13)
    rgb = np.dstack([shade + 70 * disc, shade + 20 * (columns > 170), 200 - 0.4 * columns + 30 * disc])
    return np.asarray(srcnn.to_integers(srcnn.degrade(rgb.clip(0, 255) / 255, 2)))


def saved(pixels: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, **options)
    return stream.getvalue()


def noisy(pixels: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    noise = np.random.default_rng(4).normal(0, sigma, pixels.shape)
    return np.clip(np.round(pixels + noise), 0, 255).astype(np.uint8)


def test_a_clean_image_gets_the_best_model(photo: NDArray[np.uint8]) -> None:
    assert choose("auto", photo) == Choice(CLEAN)
    assert choose("auto+tta", photo) == Choice(f"{CLEAN}+tta")


@pytest.mark.parametrize(("quality", "model"), [(97, CLEAN), (95, WORN), (75, WORN), (30, WORN)])
def test_a_jpeg_is_known_by_its_tables(photo: NDArray[np.uint8], quality: int, model: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(saved(photo, format="JPEG", quality=quality))
    image = srcnn.read_image(tmp_path / "a.jpg")
    choice = choose("auto", image.pixels, image.metadata)
    assert choice == (Choice(model) if model == CLEAN else Choice(model, Wear(quality)))


@pytest.mark.parametrize(
    ("factor", "model"), [(1.5, WORN), (2, WORN), (2.5, CLEAN), (3, CLEAN), (4, CLEAN), (8, CLEAN)]
)
def test_the_more_an_image_grows_the_more_it_must_be_worn(photo: NDArray[np.uint8], factor: float, model: str) -> None:
    good = Settings(noise=0, jpeg_quality=94)
    assert choose("auto", photo, settings=good, factor=factor).model == model
    assert choose("auto", photo, settings=Settings(noise=0, jpeg_quality=90), factor=factor).model == WORN
    noisy = Settings(noise=3, jpeg_quality="off")
    assert choose("auto", photo, settings=noisy, factor=factor).model == model


@pytest.mark.parametrize(
    ("fmt", "quality", "like"),
    [("WEBP", 30, 74), ("WEBP", 50, 86), ("WEBP", 75, 92), ("AVIF", 30, 30), ("AVIF", 50, 67), ("AVIF", 75, 93)],
)
def test_another_lossy_file_counts_as_a_jpeg_that_is_as_worn(
    photo: NDArray[np.uint8], fmt: str, quality: int, like: int
) -> None:
    image = srcnn.read_image(io.BytesIO(saved(photo, format=fmt, quality=quality)))
    choice = choose("auto", image.pixels, image.metadata)
    assert choice.model == WORN
    assert choice.wear.quality == pytest.approx(like, abs=4)
    assert choice.reason.startswith("photo: as worn as JPEG quality")


@pytest.mark.parametrize(
    ("fmt", "settings"),
    [("WEBP", {"quality": 95}), ("WEBP", {"lossless": True}), ("AVIF", {"quality": 90}), ("AVIF", {"quality": 100})],
)
def test_a_fine_file_is_clean(photo: NDArray[np.uint8], fmt: str, settings: dict[str, Any]) -> None:
    image = srcnn.read_image(io.BytesIO(saved(photo, format=fmt, **settings)))
    assert choose("auto", image.pixels, image.metadata) == Choice(CLEAN)


def test_an_avif_of_ten_bits_is_known_by_its_quantiser(photo: NDArray[np.uint8]) -> None:
    deep = srcnn.Picture(photo.astype(np.uint16) * 257)
    stream = io.BytesIO(encode(deep, FORMATS["AVIF"], srcnn.WriteOptions(quality=50))[0])
    image = srcnn.read_image(stream)
    assert image.pixels.dtype == np.uint16
    assert choose("auto", image.pixels, image.metadata).reason == "photo: as worn as JPEG quality 67"


@pytest.mark.parametrize("codec", ["VP8", "AV1"])
def test_a_coarser_quantiser_is_a_lower_quality(codec: Literal["VP8", "AV1"]) -> None:
    found = [quality_of_quantiser(Quantiser(codec, index)) for index in range(128)]
    assert found[0] == 100
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("sigma", [8, 20])
def test_noise_is_found(photo: NDArray[np.uint8], sigma: float) -> None:
    choice = choose("auto", noisy(photo, sigma))
    assert choice.model == WORN
    assert choice.wear.noise == pytest.approx(sigma, rel=0.25)
    assert choice.reason == f"photo: noise {choice.wear.noise:.0f}"


def table_of(data: bytes) -> tuple[int, ...]:
    opened: Any = Image.open(io.BytesIO(data))
    return tuple(opened.quantization[0])


def test_of_two_qualities_the_worse_one_counts(photo: NDArray[np.uint8]) -> None:
    once = np.asarray(Image.open(io.BytesIO(saved(photo, format="JPEG", quality=40))))
    fine = table_of(saved(photo, format="JPEG", quality=98))
    assert choose("auto", once, Metadata(quantisation=fine)).wear.quality == pytest.approx(40, abs=3)


def test_a_table_with_a_zero_tells_nothing(photo: NDArray[np.uint8]) -> None:
    data = saved(photo, format="JPEG", quality=40)
    damaged = (*table_of(data)[:-1], 0)
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    assert choose("auto", pixels, Metadata(quantisation=damaged)) == choose("auto", pixels)
    assert choose(WORN, pixels[:20, :20], Metadata(quantisation=damaged)).wear.quality is None


def test_a_pil_image_tells_of_its_file_as_long_as_it_is_that(photo: NDArray[np.uint8]) -> None:
    def told(image: Any) -> Any:
        return picture_from_pil(image).metadata.quantisation

    data = saved(photo, format="JPEG", quality=40)
    table, half = table_of(data), (photo.shape[1] // 2, photo.shape[0] // 2)
    image: Any = Image.open(io.BytesIO(data))
    assert told(image) == table
    assert told(image) == table, "again, after it was decoded"
    image.thumbnail(half)
    assert told(image) is None
    for change, arguments in (("thumbnail", (half,)), ("draft", ("RGB", half)), ("load", ())):
        image = Image.open(io.BytesIO(data))
        getattr(image, change)(*arguments)
        assert told(image) is None, change


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(noise=0, jpeg_quality="off"), Choice(CLEAN)),
        (Settings(noise=10, jpeg_quality="off"), Choice(WORN, Wear(None, 10))),
        (Settings(noise=0, jpeg_quality=60), Choice(WORN, Wear(60))),
        (Settings(noise=1, jpeg_quality=99), Choice(CLEAN)),
    ],
)
def test_what_the_caller_says_goes_before_what_is_found(
    photo: NDArray[np.uint8], settings: Settings, expected: Choice
) -> None:
    assert choose("auto", noisy(photo, 20), settings=settings) == expected


def test_a_model_by_name_is_kept_and_told_if_it_can_be(photo: NDArray[np.uint8]) -> None:
    assert not is_told(CLEAN)
    assert choose(CLEAN, noisy(photo, 20)) == Choice(CLEAN)
    assert is_told(f"{WORN}+tta")
    assert choose(WORN, photo, settings=Settings(noise=3)) == Choice(WORN, Wear(None, 3))


@pytest.mark.parametrize(
    "pixels", [np.zeros((80, 80), np.uint16), np.zeros((80, 80), np.float32), np.zeros((9, 9), "u1")]
)
def test_what_cannot_be_judged_counts_as_clean(pixels: Any) -> None:
    assert choose("auto", pixels) == Choice(CLEAN)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"noise": -1}, "noise must be a number from 0 to 50, got -1"),
        ({"noise": "3"}, "noise must be"),
        ({"noise": float("nan")}, "noise must be"),
        ({"noise": True}, "noise must be"),
        ({"jpeg_quality": 0}, "jpeg_quality must be a number from 1 to 100"),
        ({"jpeg_quality": "of"}, "or 'off', got 'of'"),
    ],
)
def test_settings_that_make_no_sense_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        checked_settings(**given)
    with pytest.raises(OptionError, match=message):
        srcnn.upscale(np.zeros((8, 8), np.uint8), 2, **given)


@pytest.fixture(scope="module")
def dead_leaves_photo() -> NDArray[np.uint8]:
    """Discs that hide each other: edges, flats and a power spectrum as in natural images."""
    rng = np.random.default_rng(8)
    rows, columns = np.mgrid[:200, :240]
    image = np.full((200, 240, 3), 128.0)
    for _ in range(900):
        radius = (3.0**-2 - rng.random() * (3.0**-2 - 70.0**-2)) ** -0.5
        inside = (rows - rng.uniform(0, 200)) ** 2 + (columns - rng.uniform(0, 240)) ** 2 < radius**2
        image[inside] = rng.uniform(30, 220, 3)
    return np.round(image).astype(np.uint8)


def gain(hr: NDArray[np.uint8], image: Any) -> float:
    """How much nearer to ``hr`` the automatic choice comes than the best model for clean images, in dB."""
    results = [np.asarray(srcnn.upscale(image, 2, model)) for model in ("auto", "best")]
    auto, best = (float(np.mean((result.astype(float) - hr) ** 2)) for result in results)
    return float(10 * np.log10(best / auto))


def test_worn_images_come_out_better(dead_leaves_photo: NDArray[np.uint8]) -> None:
    hr = dead_leaves_photo
    lr = srcnn.to_integers(srcnn.degrade(srcnn.to_floats(hr), 2))
    assert gain(hr, noisy(lr, 15)) > 0.2
    assert gain(hr, Image.open(io.BytesIO(saved(lr, format="JPEG", quality=40)))) > 0.3


@pytest.mark.parametrize("scale", [1.5, 2, 3, 5])
@pytest.mark.parametrize("grey", [False, True])
def test_every_scale_and_kind_of_image(photo: NDArray[np.uint8], scale: float, grey: bool) -> None:
    image = photo[:40, :50, 0] if grey else photo[:40, :50]
    sr = srcnn.upscale(image, scale, noise=12, jpeg_quality=50)
    assert sr.shape == (round(40 * scale), round(50 * scale), *image.shape[2:])
    # Not far from what bicubic makes of it, whatever else it is.
    plain = srcnn.upscale(image, scale, "bicubic")
    assert np.abs(sr.astype(float) - plain).mean() < 6


@pytest.mark.parametrize("known", [{"noise": 20}, {"jpeg_quality": 50}])
@pytest.mark.parametrize("model", ["best", "bicubic+tta"])
def test_wear_that_a_model_would_ignore_is_refused_at_every_door(
    photo: NDArray[np.uint8], tmp_path: Path, model: str, known: dict[str, Any]
) -> None:
    (tmp_path / "a.png").write_bytes(saved(photo[:20, :20], format="PNG"))
    words = re.escape(f"{model} cannot be told of noise or JPEG quality; choose photo")
    with pytest.raises(OptionError, match=words):
        srcnn.upscale(photo[:20, :20], 2, model, **known)
    with pytest.raises(OptionError, match=words):
        srcnn.upscale_file(tmp_path / "a.png", tmp_path / "b.png", 2, model, **known)
    with srcnn.Upscaler(model) as upscaler, pytest.raises(OptionError, match=words):
        upscaler(photo[:20, :20], 2, **known)
    assert srcnn.upscale(photo[:20, :20], 2, model, noise=0, jpeg_quality="off").shape == (40, 40, 3)


def test_a_flat_image_stays_flat_however_worn(photo: NDArray[np.uint8]) -> None:
    for colour in ([255, 255, 255], [0, 0, 255], [37, 120, 200]):
        flat = np.full((30, 40, 3), colour, np.uint8)
        for noise, quality in ((20, None), (None, 30)):
            sr = srcnn.upscale(flat, 2, noise=noise, jpeg_quality=quality)
            np.testing.assert_array_equal(sr, np.full((60, 80, 3), colour))


def test_the_result_is_no_jpeg_any_more(photo: NDArray[np.uint8], tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(saved(photo, format="JPEG", quality=50))
    assert srcnn.upscale(srcnn.read_image(tmp_path / "a.jpg"), 2).metadata.quantisation is None


def test_the_command_says_what_it_chose(photo: NDArray[np.uint8], tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(saved(photo, format="JPEG", quality=50))
    (tmp_path / "b.png").write_bytes(saved(photo, format="PNG"))
    done = CliRunner().invoke(main, ["upscale", str(tmp_path), "-s", "2", "-o", f"{tmp_path / 'out'}/"])
    assert done.exit_code == 0
    assert "a.jpg: photo: JPEG quality 50" in done.output
    assert "b.png" not in done.output.replace("2 enlarged", "")
    found = [file_provenance(tmp_path / "out" / name) for name in ("a.jpg", "b.png")]
    assert [provenance and provenance.model for provenance in found] == [WORN, CLEAN]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jpeg-quality", "good"], "--jpeg-quality must be a number from 1 to 100, or off"),
        (["--jpeg-quality", "101"], "jpeg_quality must be a number from 1 to 100"),
        (["--denoise", "60"], "--denoise"),
    ],
)
def test_wrong_options_are_wrong_usage(
    photo: NDArray[np.uint8], tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "b.png").write_bytes(saved(photo, format="PNG"))
    done = CliRunner().invoke(main, ["upscale", str(tmp_path / "b.png"), *arguments])
    assert done.exit_code == 2 or isinstance(done.exception, OptionError)
    assert message in done.output or message in str(done.exception)


def test_a_loaded_model_is_told_and_survives_a_pickle() -> None:
    import pickle

    x = np.random.default_rng(0).random((20, 20, 3)).astype(np.float32)
    clean, worn = (srcnn.load("photo", 2, noise=noise) for noise in (0, 25))
    assert np.abs(clean(x) - worn(x)).max() > 0.05
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(worn))(x), worn(x))
    assert Wear() == NO_WEAR
