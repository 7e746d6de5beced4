"""Pages in Korean say what their English originals say, as far as that can be compared: commands, figures, links."""

import re
from pathlib import Path

import pytest

from scripts.tables.markdown import names

ROOT = Path(__file__).parent.parent
KOREAN = [*sorted(ROOT.glob("*.ko.md")), *sorted((ROOT / "docs").glob("*.ko.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HANGUL = re.compile(r"[가-힣]")
TERMS = (
    "초해상도",
    "저해상도 입력",
    "바이큐빅 보간",
    "휘도",
    "특징 맵",
    "학습 곡선",
    "사전",
    "희소 부호화",
)


def pair(path: Path) -> tuple[str, str]:
    """A page in Korean and its original."""
    original = path.with_name(path.name.replace(".ko.md", ".md"))
    return path.read_text(encoding="utf-8"), original.read_text(encoding="utf-8")


def code(page: str) -> list[tuple[str, list[str]]]:
    """Blocks of code by language, line by line without comments and what aligns them."""
    return [
        (language, [re.sub(r"\s*(?<!\w)#\s.*$", "", line).rstrip() for line in lines.splitlines()])
        for language, lines in FENCE.findall(page)
    ]


def tables(page: str) -> list[list[str]]:
    """The figures and names of every row of a table: what is no word of a language."""
    rows = [re.findall(r"`[^`]+`|[+-]?\d[\d.,]*\d|\d", line) for line in page.splitlines() if line.startswith("|")]
    return [sorted(row) for row in rows]


def targets(page: str) -> list[str]:
    """Where links lead, the same for a page in either language."""
    found = re.findall(r"\]\(([^)]*)\)", FENCE.sub("", page))
    return sorted("" if target.startswith("#") else target.replace(".ko.md", ".md") for target in found)


def test_there_are_pages_in_korean() -> None:
    assert [path.name for path in KOREAN] == ["README.ko.md", "glossary.ko.md", "tutorial.ko.md"]


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.name)
def test_each_language_links_the_other(path: Path) -> None:
    korean, english = pair(path)
    assert f"({path.name})" in english.partition("\n## ")[0]
    assert f"({path.name.replace('.ko', '')})" in korean.partition("\n## ")[0]


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.name)
def test_commands_and_outputs_are_the_same(path: Path) -> None:
    korean, english = pair(path)
    assert code(korean) == code(english)


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.name)
def test_tables_have_the_same_figures(path: Path) -> None:
    korean, english = pair(path)
    assert names(korean) == names(english)
    assert tables(korean) == tables(english)


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.name)
def test_links_and_sections_are_the_same(path: Path) -> None:
    korean, english = pair(path)
    assert targets(korean) == targets(english)
    assert [len(marks) for marks in re.findall(r"^(#+) ", FENCE.sub("", korean), re.MULTILINE)] == [
        len(marks) for marks in re.findall(r"^(#+) ", FENCE.sub("", english), re.MULTILINE)
    ]


@pytest.mark.parametrize("path", KOREAN, ids=lambda path: path.name)
def test_what_is_said_is_said_in_korean(path: Path) -> None:
    prose = FENCE.sub("", path.read_text(encoding="utf-8"))
    sentences = [line for line in prose.splitlines() if re.match(r"(:   |- |    )?[^\W\d_]", line) and " " in line[4:]]
    sentences = [line for line in sentences if not line.endswith(")")]  # of the glossary: terms with their English name
    assert len(sentences) > 20
    assert [line for line in sentences if not HANGUL.search(line)] == []


def test_the_glossary_has_every_term() -> None:
    korean, english = pair(ROOT / "docs" / "glossary.ko.md")
    assert re.findall(r"^.+ \((.+)\)\n:", korean, re.MULTILINE) == re.findall(r"^(.+)\n:", english, re.MULTILINE)
    assert [term for term in TERMS if not re.search(rf"^{term}[ ,]", korean, re.MULTILINE)] == []
