"""What is taken away of precedents and answers: criterion by criterion, each quotation with its pinpoint."""

import csv
import io
import json
import re
from datetime import date

import pytest
from docx import Document
from letters import california, issue

from app.answer import ask
from app.precedents import SAMPLE, similar
from app.worksheet import FORMATS, worksheet, write_answer, write_worksheet
from corpus.decision import Outcome
from corpus.sentences import squeeze
from index.build import ingest
from index.errors import UsageError
from index.search import Index

CASE = (
    "A roofer fell three months ago and has low back pain. Naproxen did not help. There is no fracture. An MRI of the "
    "lumbar spine is requested; UR says no neurologic deficit is documented."
)
TODAY = date(2026, 3, 4)


@pytest.fixture(scope="module")
def found(index):
    return similar(index, CASE)


def taken_away(index, found, format_):
    out = io.BytesIO()
    write_worksheet(index, found, format_, out, TODAY)
    return out.getvalue()


def csv_rows(data):
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_every_ruling_is_a_reason_of_its_letter(index, found):
    lines = worksheet(index, found)
    assert lines and len({line.criterion for line in lines}) == len(lines)
    for line in lines:
        for ruling in line.rulings:
            decision = index.catalog.decision(ruling.result.decision)
            reasons = {(r.criterion, r.status, r.start, r.end) for r in decision.issues[ruling.result.issue].reasons}
            assert (line.criterion, ruling.status, ruling.citation.start, ruling.citation.end) in reasons


def test_what_the_denial_raises_comes_first_with_what_the_case_says(index, found):
    lines = worksheet(index, found)
    assert lines[0].raised and lines[0].criterion == "neuro-deficit" and lines[0].case == "not addressed"
    assert next(line.case for line in lines if line.criterion == "red-flags") == "absent (“no fracture”)"


def test_winners_and_losers_are_told_apart(index, found):
    sides = {outcome: [r for line in worksheet(index, found) for r in line.of(outcome)] for outcome in Outcome}
    assert sides[Outcome.OVERTURNED] and sides[Outcome.UPHELD]
    assert all(r.result.outcome is outcome for outcome, rulings in sides.items() for r in rulings)


def test_the_cases_own_letter_is_no_precedent(index):
    decision = index.catalog.decision(index.catalog.find_decisions("CM13-9000201")[0])
    own = similar(index, "\n".join(decision.text[s.start : s.end] for s in decision.sections if s.kind == "history"))
    assert own.twins
    assert all(r.result.decision != decision.id for line in worksheet(index, own) for r in line.rulings)


def test_csv_and_jsonl_say_the_same_with_date_and_index(index, found):
    rows = csv_rows(taken_away(index, found, "csv"))
    lines = [json.loads(line) for line in taken_away(index, found, "jsonl").splitlines()]
    assert rows == [{name: str(value) for name, value in line.items()} for line in lines] and len(rows) > 3
    assert {r["searched"] for r in rows} == {"2026-03-04"} and all("stand-in:1" in r["index"] for r in rows)
    assert all(r["reference"].endswith(f"p. {r['page']}") for r in rows)


def test_the_bibliography_has_an_entry_a_decision_with_its_pinpoints(index, found):
    entries = taken_away(index, found, "bibtex").decode().split("\n\n")[:-1]
    assert len(entries) == len({r["decision"] for r in csv_rows(taken_away(index, found, "csv"))})
    assert all(
        e.startswith("@misc{") and re.search(r"Issue \d, p. \d: “", e) and "urldate = {2026-03-04}" in e
        for e in entries
    )


def test_the_document_has_it_all(index, found):
    document = Document(io.BytesIO(taken_away(index, found, "docx")))
    told = "\n".join(p.text for p in document.paragraphs)
    assert SAMPLE in told and "Searched on 2026-03-04" in told and "Neurologic deficit" in told
    for line in worksheet(index, found):
        assert all(squeeze(r.citation.quote) in told and r.citation.reference in told for r in line.rulings)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "MRI" in cells and "1 of 3, in 3 letters" in cells and "too few for a share" in cells


def test_no_cell_is_a_formula(stand_in, tmp_path):
    (tmp_path / "a.txt").write_text(
        california(issue('=HYPERLINK("http://x","MRI") of the knee: Upheld', "There is no evidence of instability."))
    )
    ingest([tmp_path / "a.txt"], tmp_path / "index", "stand-in")
    index = Index(tmp_path / "index", "stand-in")
    rows = csv_rows(taken_away(index, similar(index, "=1+1 Requested: MRI of the knee. @SUM(A1)"), "csv"))
    assert rows and all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert any("HYPERLINK" in row["service"] for row in rows)


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_found_is_taken_away_as_nothing(index, format_):
    assert taken_away(index, similar(index, "A gym membership is requested."), format_) is not None


def test_an_unknown_format_is_a_sentence(index, found):
    with pytest.raises(UsageError, match="--format xml is not known; choose among: docx, csv, bibtex, jsonl"):
        taken_away(index, found, "xml")


def test_a_document_is_not_written_to_a_terminal(index, found):
    class Terminal(io.BytesIO):
        def isatty(self):
            return True

    with pytest.raises(UsageError, match="not for a terminal"):
        write_worksheet(index, found, "docx", Terminal(), TODAY)


# ---- answers --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answer(index):
    return ask(index, "lumbar MRI denials")


def exported(index, answer, format_):
    out = io.BytesIO()
    write_answer(index, answer, format_, out, TODAY)
    return out.getvalue()


def test_an_answer_has_a_row_for_each_citation_of_each_result(index, answer):
    rows = csv_rows(exported(index, answer, "csv"))
    assert [(r["decision"], int(r["issue"]) - 1) for r in rows] == [
        (r.decision, r.issue) for r in answer.results for _ in r.citations
    ]
    assert {r["searched"] for r in rows} == {"2026-03-04"} and {r["outcome"] for r in rows} == {"upheld"}
    assert len(exported(index, answer, "jsonl").splitlines()) == len(rows) == 2


def test_an_answer_in_word_is_its_sentences_and_its_citations(index, answer):
    told = "\n".join(p.text for p in Document(io.BytesIO(exported(index, answer, "docx"))).paragraphs)
    assert answer.question in told and all(s.text in told for s in answer.answer)
    assert all(f"[{c.n}] {c.reference}" in told for c in answer.citations)


def test_no_answer_is_told_as_none(index):
    nothing = ask(index, "gym membership denials")
    assert nothing.because in "\n".join(
        p.text for p in Document(io.BytesIO(exported(index, nothing, "docx"))).paragraphs
    )
