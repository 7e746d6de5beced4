"""The tree is the data flow: an import points one way (docs/design.md)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import srcnn

ROOT = Path(srcnn.__file__).parent

# A part may import from those left of it, and from itself.
LAYERS = (
    ("errors",),
    ("forks", "console", "cores", "version"),
    ("options",),
    ("output", "progress", "recipes", "sizes", "text_table", "web"),
    ("image",),
    ("files",),
    ("degrade", "metrics", "wear", "weights"),
    ("earlier", "engine", "estimate", "finding", "naming"),
    ("methods", "planning"),
    ("automatic", "enlargement", "page"),
    ("animation",),
    ("prepared", "upscale"),
    ("upscale_file", "upscaler", "visualise"),
    ("benchmark", "batch"),
    ("cluster", "rehearsal"),
    ("report",),
    ("experiments", "serve", "train"),
    ("cli",),
    ("__main__",),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
BESIDE = {
    "nets": {"errors"},
    "training": {"errors", "recipes", "image", "files", "degrade", "metrics", "wear", "weights", "nets"},
    "fitting": {"errors", "recipes", "image", "files", "degrade", "weights", "methods"},
}
# The only doors between the two sides.
DOORS = {
    ("train.py", "fitting"),
    ("train.py", "training"),
    ("cli/study.py", "training"),
    ("training/export.py", "engine"),
    ("training/bounding.py", "engine"),
    ("training/finish.py", "engine"),
    ("training/greys.py", "engine"),
    ("training/predict.py", "engine"),
    ("training/predict.py", "methods"),
    ("training/worn_graph.py", "engine"),
    ("training/study.py", "benchmark"),
    ("training/study_scores.py", "benchmark"),
    ("training/study_scores.py", "visualise"),
}


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> Iterator[str]:
    """The parts of the package that a module imports, wherever in it: at the top, in a function, for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        modules = []
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} has a relative import; name the module in full"
            modules = [f"{node.module}.{alias.name}" if node.module == "srcnn" else node.module for alias in node.names]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        yield from (name.split(".")[1] for name in modules if name.startswith("srcnn."))


MODULES = sorted(path for path in ROOT.rglob("*.py") if path.parent != ROOT or path.name != "__init__.py")


def test_every_part_has_its_place() -> None:
    assert {part_of(path) for path in MODULES} <= {*LEVEL, *BESIDE}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    part, name = part_of(path), path.relative_to(ROOT).as_posix()
    for other in set(imported_parts(path)) - {part}:
        if (name, other) in DOORS:
            continue
        if part in BESIDE:
            assert other in BESIDE[part], f"{name} imports srcnn.{other}"
        else:
            assert other not in BESIDE, f"{name} imports srcnn.{other}: only train.py may"
            assert LEVEL[other] < LEVEL[part], f"{name} imports srcnn.{other}, which stands no further left"


HEAVY = (
    "torch",
    "lightning",
    "onnx",
    "onnxruntime",
    "openvino",
    "scipy",
    "matplotlib",
    "PIL",
    "pyvips",
    "ray",
)


def modules_after(code: str) -> set[str]:
    """Top-level names of the modules that a fresh process has loaded after some lines."""
    code = f"import sys\n{code}\nprint('loaded:', *sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.rsplit("loaded:", 1)[1].split())


def command(*arguments: str) -> str:
    call = "from srcnn.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    return f"sys.argv = {['srcnn', *arguments]!r}\n{call}"


def test_package_is_light_to_import() -> None:
    assert not modules_after("import srcnn") & {*HEAVY, "numpy", "typer"}


def test_public_names_load_no_heavy_library() -> None:
    assert not modules_after("import srcnn\nfor name in srcnn.__all__: getattr(srcnn, name)") & set(HEAVY)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("upscale", "--help"), ("models", "--help")])
def test_help_is_light(arguments: tuple[str, ...]) -> None:
    assert not modules_after(command(*arguments)) & {*HEAVY, "numpy"}


def test_a_command_reads_no_metadata_of_packages(tmp_path: Path) -> None:
    chart = Path(__file__).parent.parent / "examples" / "chart.png"
    upscale = command("upscale", str(chart), "-m", "fast", "--engine", "onnxruntime", "-o", str(tmp_path / "a.png"))
    assert not modules_after(upscale) & {"email", "pydantic"}  # each takes longer than a small image


@pytest.mark.parametrize("typed", ["srcnn ", "srcnn up", "srcnn upscale --sc"])
def test_completion_is_light(typed: str) -> None:
    asked = f"_SRCNN_COMPLETE='complete_bash', COMP_WORDS={typed!r}, COMP_CWORD='{len(typed.split(' ')) - 1}'"
    completing = f"import os\nos.environ.update({asked})\n"
    assert not modules_after(completing + command()) & {*HEAVY, "numpy"}


def test_listing_models_loads_no_engine() -> None:
    assert not modules_after(command("models")) & set(HEAVY)


LONGEST = 350  # lines: a module is one idea


def test_no_module_is_longer_than_one_idea() -> None:
    lines = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}
