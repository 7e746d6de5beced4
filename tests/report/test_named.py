"""Methods as a report names them."""

from srcnn.report.named import named


def test_aliases_follow_the_model_and_its_ensemble() -> None:
    found = named(["bicubic", "plain-l", "plain-l+tta", "bicubic"])
    assert [method.shown for method in found.values()] == ["bicubic", "plain-l (best)", "plain-l+tta (best+tta)"]
    assert len({method.anchor for method in found.values()}) == 3
    assert found["plain-l+tta"].title.endswith("mean over eight flips and rotations")


def test_what_is_not_ours_says_so() -> None:
    found = named(["mine", "/models/mine.onnx"])
    assert found["mine"].title.startswith("Results made elsewhere")
    assert found["/models/mine.onnx"].title == "The model mine.onnx"
