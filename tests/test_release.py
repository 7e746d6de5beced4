"""What goes with a release says the same in all places: version, licences, versions of Python."""

import re
import tomllib
import zlib
from pathlib import Path
from typing import Any

import pytest

import srcnn
from srcnn import weights

yaml = pytest.importorskip("yaml", reason="YAML is read with PyYAML (extra 'dev')")

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LARGEST_WEIGHTS = 23_800_000  # bytes, compressed: they leave room for the code in a wheel of 25 MB
HEADINGS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_version_is_the_same_everywhere() -> None:
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)\]?", text("CHANGELOG.md"), re.MULTILINE)
    citation = yaml.safe_load(text("CITATION.cff"))
    assert released[0] == citation["version"] == srcnn.__version__
    assert f"## [{released[0]}] - {citation['date-released']}" in text("CHANGELOG.md")


def test_changelog_has_the_headings_of_keep_a_changelog() -> None:
    sections = re.split(r"^## ", text("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    assert all(re.match(r"\[Unreleased\]$|\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$", s.splitlines()[0]) for s in sections)
    assert set(re.findall(r"^### (.*)$", text("CHANGELOG.md"), re.MULTILINE)) <= {*HEADINGS}


def test_citation_has_what_the_format_asks_for() -> None:
    citation = yaml.safe_load(text("CITATION.cff"))
    assert {"cff-version", "title", "message", "authors", "license"} <= set(citation)
    assert citation["license"] == PROJECT["license"]


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}  # type: ignore[index]


def test_licences_of_all_packages_are_listed() -> None:
    extras = PROJECT["optional-dependencies"]
    asked = names(PROJECT["dependencies"]).union(*(names(extras[extra]) for extra in extras if extra != "dev"))
    page = text("LICENSES.md").lower()
    assert [name for name in sorted(asked - {"srcnn"}) if f"`{name}`" not in page] == []


def test_licence_files_exist() -> None:
    assert [name for name in PROJECT["license-files"] if not (ROOT / name).is_file()] == []


def test_weights_leave_the_wheel_small_enough() -> None:
    assert sum(len(zlib.compress(entry.path.read_bytes())) for entry in weights.entries()) < LARGEST_WEIGHTS


def test_continuous_integration_runs_every_version_that_is_promised() -> None:
    promised = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: Python :: 3\.\d+$", c)]
    jobs = yaml.safe_load(text(".github/workflows/tests.yml"))["jobs"]
    assert jobs["versions"]["strategy"]["matrix"]["python"] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_workflows_call_scripts_that_exist(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    lines = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    called = {name for line in lines for name in re.findall(r"(?:scripts/[\w.]+|\.ci/\w+)", line)}
    assert called
    assert [name for name in called if not (ROOT / name).exists()] == []
    assert workflow["permissions"] == {"contents": "read"}
