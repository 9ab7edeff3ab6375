"""Real letters in disguise: what printing, copying and saving do to a letter changes no issue and no outcome."""

from functools import cache
from pathlib import Path

import pytest
from letters import SHARED, decided
from odd_files import docx, web

from corpus import california, texas
from corpus.decision import Decision
from corpus.layout import split_sections
from corpus.parse import decision_from
from corpus.sentences import squeeze

LETTERS = sorted((SHARED / "seeds").glob("*.txt")) + sorted((SHARED / "california").glob("*.pdf"))[::6]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.exists(), reason="the shared decisions are not on this machine"),
]


@cache
def original(path: Path) -> Decision:
    return decision_from(path)


def without_header(decision: Decision) -> str:
    """The letter from its first known heading on."""
    text = decision.text
    dialect = texas if "IRO" in text[:8000] else california
    first = split_sections(text, dialect.HEADINGS)[0]
    return text[first.end :] if first.kind == "header" else text


DISGUISES = {
    "header stripped": without_header,
    "blank lines between lines": lambda d: d.text.replace("\n", "\n\n"),
    "joined pages": lambda d: "\n".join(d.text[a:b].strip() for a, b in d.pages),
    "pages run together": lambda d: " ".join(d.text[a:b].strip() for a, b in d.pages),
    "every line end lost": lambda d: squeeze(d.text),
    "numbered lines": lambda d: "\n".join(f"{n:3}  {line}" for n, line in enumerate(d.text.split("\n"), 1)),
    "quoted in a message": lambda d: "\n".join(f"> {line}" for line in d.text.split("\n")),
    "line ends and odd spaces of Windows": lambda d: d.text.replace(". ", ".\u00a0 ").replace("\n", " \t\r\n"),
}
FORMS = {
    "docx": docx,
    "html": web,
    "html with breaks": lambda text: web(text, "{}<br>"),
}


def issues(decision: Decision) -> list[tuple[str, str]]:
    return [(squeeze(issue.service), str(issue.outcome)) for issue in decision.issues]


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_a_letter_in_disguise_is_the_same(path, disguise):
    assert issues(decided(DISGUISES[disguise](original(path)))) == issues(original(path))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_a_letter_exported_is_the_same(path, form, tmp_path):
    (tmp_path / "letter").write_bytes(FORMS[form](original(path).text))
    assert issues(decision_from(tmp_path / "letter")) == issues(original(path))
