"""A letter is shown word for word, whatever its lines; the mark is the span."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import SAMPLE_NAMES, samples

from app.letter import blocks, ledger, span_of
from corpus.decision import Decision


def shown(found, only=lambda piece: True) -> str:
    return "".join(p.text for block in found for p in block.pieces if only(p))


def letters_of(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_every_letter_of_the_text_is_shown_and_the_mark_is_the_span(name):
    decision = samples()[name]
    spans = [(r.start, r.end) for issue in decision.issues for r in issue.reasons]
    for span in spans or [(0, 9)]:
        found = blocks(decision, span)
        assert letters_of(shown(found)) == letters_of(decision.text)
        assert letters_of(shown(found, lambda p: p.marked)) == letters_of(decision.quote(*span))


TEXT = st.text(st.sampled_from("ab :\n\t"), min_size=1, max_size=120)


@given(TEXT, st.integers(0, 120), st.integers(0, 120))
def test_any_text_with_any_mark_is_shown_whole(text, a, b):
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    decision = Decision("x", "x", "0", text, ((0, len(text)),), None, "plain")
    found = blocks(decision, (start, end) if start < end else None)
    assert letters_of(shown(found)) == letters_of(text)
    assert letters_of(shown(found, lambda p: p.marked)) == letters_of(text[start:end])


def test_lines_broken_by_the_paper_are_joined_and_short_ones_are_kept():
    long = "The worker fell from a ladder and has had pain in the low back that goes into the leg"
    text = f"{long}\n\n{long}\n\nand still hurts.\n\nDate: May 1\n\n" + f"{long}\n\n" * 4
    decision = Decision("x", "x", "0", text, ((0, len(text)),), None, "plain")
    assert f"{long} {long} and still hurts.\nDate: May 1\n{long}" in shown(blocks(decision, None))


def test_pages_begin_where_they_begin():
    decision = next(d for d in samples().values() if len(d.pages) > 1)
    pages = [p.page for block in blocks(decision, None) for p in block.pieces if p.page]
    assert pages == list(range(1, len(decision.pages) + 1))


def test_the_ledger_has_a_row_a_passage():
    issue = samples()["CM15-9000102.txt"].issues[0]
    rows = ledger(issue.reasons)
    assert sum(len(reasons) for _, reasons in rows) == len(issue.reasons) > len(rows)
    assert [span for span, _ in rows] == sorted({(r.start, r.end) for r in issue.reasons})


@pytest.mark.parametrize("text", ["", "5", "9-5", "5-99", "-1-4", "5-5", "a-b", "1-2-3"])
def test_what_is_no_span_is_none(text):
    assert span_of(text, 50) is None


def test_a_span_is_read():
    assert span_of("5-20", 50) == (5, 20)
