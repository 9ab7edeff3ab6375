"""Sentences of letters: where they end, where they only seem to, and that none of the text is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import sentences, squeeze, trim

LETTERS = st.text(alphabet=st.sampled_from("abC1 .?!\n\t()\"'”•-,"), max_size=200)


def split(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He fell. He hurt his back.", ["He fell.", "He hurt his back."]),
        ("Seen by Dr. Lee. He left.", ["Seen by Dr. Lee.", "He left."]),
        ("J. Smith, M.D. saw him. Done.", ["J. Smith, M.D. saw him.", "Done."]),
        ("Needs imaging, e.g. MRI. None was made.", ["Needs imaging, e.g. MRI.", "None was made."]),
        ("Pain is 7.5 of 10. It was 8.", ["Pain is 7.5 of 10.", "It was 8."]),
        ("He has pain.Medical reports agree.", ["He has pain.", "Medical reports agree."]),
        ('He wrote "no change." The exam agrees.', ['He wrote "no change."', "The exam agrees."]),
        ("He was weak (see p. 4). The exam agrees.", ["He was weak (see p. 4).", "The exam agrees."]),
        ("Was it tried? It was not! The end", ["Was it tried?", "It was not!", "The end"]),
        ("He was seen. 2 visits remain.", ["He was seen.", "2 visits remain."]),
        ("1. Rest.\n2. Ice.", ["1. Rest.", "2. Ice."]),
        ("Tried were:\n• rest\n• ice", ["Tried were:", "• rest", "• ice"]),
        ("a sentence cut\nby the page goes on. Next.", ["a sentence cut\nby the page goes on.", "Next."]),
        ("Smith v. Jones is cited. It binds.", ["Smith v. Jones is cited.", "It binds."]),
        ("", []),
        (" \n\t ", []),
        ("...", ["..."]),
    ],
)
def test_a_text_splits_into_its_sentences(text, expected):
    assert split(text) == expected


@pytest.mark.parametrize(
    "words",
    ["He takes 10 mg.", "He was seen in the ED.", "Blood went to the lab.", "Was it tried? No.", "He lacks vitamin D."],
)
def test_what_looks_like_an_abbreviation_can_end_a_sentence(words):
    assert split(f"{words} The request is denied.")[-1] == "The request is denied."


@given(LETTERS)
def test_sentences_stand_in_order_and_leave_out_only_space(text):
    at = 0
    for start, end in sentences(text):
        assert start >= at and not text[at:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        at = end
    assert not text[at:].strip()


@given(LETTERS, st.integers(0, 200), st.integers(0, 200))
def test_sentences_of_a_part_stay_inside_the_part(text, start, end):
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    assert all(start <= a < b <= end for a, b in sentences(text, start, end))


def test_a_run_without_stops_is_cut_at_spaces_and_stays_quick():
    pieces = split("word " * 40_000)
    assert max(map(len, pieces)) <= 1500
    assert " ".join(pieces).split() == ["word"] * 40_000


def test_a_run_without_any_space_is_cut_too():
    assert "".join(split("x" * 5000)) == "x" * 5000


@pytest.mark.parametrize(("text", "span"), [("  a b \n", (2, 5)), ("ab", (0, 2)), ("", (0, 0))])
def test_trim_takes_space_off_both_ends(text, span):
    assert trim(text, 0, len(text)) == span


def test_trim_of_nothing_but_space_is_empty():
    start, end = trim("   ", 0, 3)
    assert start == end


def test_squeeze_puts_a_text_on_one_line():
    assert squeeze(" no\n evidence\t\tof  it\f") == "no evidence of it"
