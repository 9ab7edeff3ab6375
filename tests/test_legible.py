"""What printing, copying and scanning put into a letter is undone before it is read, without moving a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import california, decided, issue, texas

from corpus.legible import legible

LETTER = california(
    issue("Lumbar MRI: Upheld"),
    issue("Physical therapy, 6 visits: Overturned", "The request is medically necessary."),
)


def read(text: str) -> list[tuple[str, str]]:
    return [(i.service, i.outcome.value) for i in decided(text).issues]


def scanned(text: str) -> str:
    for right, wrong in (
        ("Upheld", "Uphe1d"),
        ("Overturned", "0verturned"),
        ("IMR", "lMR"),
        ("medically", "medica11y"),
    ):
        text = text.replace(right, wrong)
    return text.replace("CLINICAL", "CLlNICAL").replace("0", "O", 4)


DAMAGES = {
    "quoted": lambda text: "\n".join(f"> {line}" for line in text.split("\n")),
    "quoted twice": lambda text: "\n".join(f">> {line}" for line in text.split("\n")),
    "numbered": lambda text: "\n".join(f"{n:4}  {line}" for n, line in enumerate(text.split("\n"), 1)),
    "on one line": lambda text: " ".join(text.split()),
    "scanned": scanned,
    "numbered pages": lambda text: text.replace("MAXIMUS guideline", "Page 1\n\fMAXIMUS guideline", 1) + "Page 2\n",
    "running line": lambda text: (
        text.replace("Physical therapy, 6", "Case 12, page 1\n\fPhysical therapy, 6") + "Case 12, page 2\n"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_no_damage_changes_what_was_decided(damage):
    assert read(damage(LETTER)) == [("Lumbar MRI", "upheld"), ("Physical therapy, 6 visits", "overturned")]


def test_a_scanned_header_has_its_dates_and_number():
    decision = decided(scanned(LETTER).replace("CM16-99OOOO1", "CMl6-99OOOO1").replace("05/06/2011", "O5/O6/2Ol1"))
    assert decision.case_number == "CM16-9900001"
    assert decision.dates["injury"] == "2011-05-06"


def test_quotes_come_from_the_text_as_it_stands():
    decision = decided(scanned(LETTER))
    assert decision.quote(*decision.issues[1].outcome_span) == "0verturned"
    assert "medica11y" in decision.text


def test_a_letter_without_lines_says_so():
    assert any("line ends are lost" in warning for warning in decided(DAMAGES["on one line"](LETTER)).warnings)
    assert not any("line ends" in warning for warning in decided(LETTER).warnings)


@pytest.mark.parametrize(
    "words",
    [
        "L1, T10 and C1; 10mg of 1tab q.i.d.; J1040 x 2; Vitamin B12; 0.5ml",
        "The earlier decision. It was upheld by the court: a fact.",
        "1. One\n2. Two\n\n3. Three",
        "12 visits\n14 sessions\n3 weeks",
        "I will do it in IL, OK and OR.",
    ],
)
def test_what_is_right_stays(words):
    assert legible(words, [(0, len(words))]) == words


def test_a_line_repeated_on_pages_that_does_not_count_them_stays():
    pages = ["Decision rationale: one\n", "Decision rationale: one\n"]
    text = "".join(pages)
    assert legible(text, [(0, len(pages[0])), (len(pages[0]), len(text))]) == text


@given(st.text(alphabet="aOl01I .:\n>[X]Upheld/", max_size=300))
def test_no_character_moves(text):
    read_as = legible(text, [(0, len(text))])
    assert len(read_as) == len(text)
    assert [i for i, mark in enumerate(text) if mark == "\n" and read_as[i] != "\n"] == []


def test_a_texas_form_on_one_line_keeps_its_box():
    assert read(" ".join(texas(boxes="[ ] Upheld\n[X] Overturned").split()))[0][1] == "overturned"
