"""What the pages share: modules become one script, and both languages say the same things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import srcnn
from srcnn.web import PARTS, bundled, filled, joined, marked, policy

ROOT = Path(srcnn.__file__).parent
ENTRIES = (ROOT / "page/app.js", ROOT / "page/job.js", ROOT / "visualise/before_after.js")
TEXTS = (PARTS / "words.js", ROOT / "page/texts.js", ROOT / "serve/page/texts.js", ROOT / "visualise/before_after.js")
PAGES = {
    "page": [ROOT / "page/template.html", *(ROOT / "page").glob("*.js")],
    "serve": list((ROOT / "serve/page").glob("*.[hj]*")),
    "visualise": [ROOT / "visualise/before_after.html", ROOT / "visualise/before_after.js"],
}


def said(path: Path) -> list[set[str]]:
    """The names of the words of each language."""
    text = path.read_text(encoding="utf-8")
    parts = [re.search(rf"^  {name}: {{\n(.*?)^  }},$", text, re.DOTALL | re.MULTILINE) for name in ("en", "ko")]
    assert all(parts), path
    pattern = r"(?<=[{,\s])\"?([\w.-]+)\"?:\s*(?:\n\s*)?\"[^\"]"
    return [set(re.findall(pattern, re.sub(r"(?<=: )\"[^\"]*\"", '"x"', part[1]))) for part in parts if part]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_both_languages_say_the_same_things(path: Path) -> None:
    english, korean = said(path)
    assert english == korean
    assert len(english) > 2


@pytest.mark.parametrize("name", PAGES)
def test_every_word_that_a_page_asks_for_is_there(name: str) -> None:
    asked = set()
    for path in [*PAGES[name], PARTS / "slider.js"]:
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'data-(?:word|label|alt|placeholder)="([\w.-]+)"', text))
        asked |= set(re.findall(r'\bwords\("([\w.-]+)"', text)) | set(re.findall(r'\.word = "(\w+)"', text))
    own = {"page": ROOT / "page/texts.js", "serve": ROOT / "serve/page/texts.js"}
    known = said(PARTS / "words.js")[0] | said(own.get(name, ROOT / "visualise/before_after.js"))[0]
    assert asked <= known


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_become_one_script(entry: Path) -> None:
    script = bundled(entry)
    assert script.startswith('"use strict";\n')
    assert not re.findall(r"^(?:import|export)\b.*", script, re.MULTILINE)
    made = re.findall(r"^const (in_\w+) = ", script, re.MULTILINE)
    assert len(made) == len(set(made)) > 2
    for place, needed in ((found.start(), found[1]) for found in re.finditer(r"= (in_\w+);", script)):
        assert script.index(f"const {needed} = ") < place, "a module needs one that comes after it"


def test_every_module_has_names_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nimport "./c.js";\n\nconst x = 1;\nb(x);\n')
    (tmp_path / "b.js").write_text("const x = 2;\nexport const b = () => x;\nexport async function d() {}\n")
    (tmp_path / "c.js").write_text("const x = 3;\n")
    assert [line for line in bundled(tmp_path / "a.js").splitlines() if line] == [
        '"use strict";',
        *("const in_b = (() => {", "const x = 2;", "const b = () => x;", "async function d() {}"),
        *("return { b, d };", "})();", "const in_c = (() => {", "const x = 3;", "return {  };", "})();"),
        *("const in_a = (() => {", "const { b } = in_b;", "const x = 1;", "b(x);", "return {  };", "})();"),
    ]


def test_a_place_is_filled_once() -> None:
    assert filled("<{{a}}{{b}}>", {"a": "{{b}}", "b": "x"}) == "<{{b}}x>"


def test_the_policy_names_what_may_run() -> None:
    made = policy("p {}", "run()", {"img-src": "data:"}, scripts="'wasm-unsafe-eval'")
    assert made.startswith("default-src 'none'; script-src 'sha256-")
    assert "' 'wasm-unsafe-eval'; style-src 'sha256-" in made
    assert made.endswith("base-uri 'none'; form-action 'none'; img-src data:")


def test_styles_are_joined() -> None:
    assert joined([PARTS / "colours.css", PARTS / "slider.css"]).count(":root") >= 2


def test_code_in_a_text_is_marked() -> None:
    assert marked("as `a<b`, & `c`") == "as <code>a&lt;b</code>, &amp; <code>c</code>"
