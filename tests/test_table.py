"""Tables of decisions: health-plan reviews in their spellings, one's own mapping, and what a table can get wrong."""

import csv
import io
import json

import pytest
from odd_files import LETTER

from corpus import table
from corpus.isolation import decision_of, rows
from corpus.kinds import Unreadable

HEADER = ("ReferenceID", "ReportYear", "DiagnosisCategory", "DiagnosisSubCategory", "TreatmentCategory")
HEADER += ("TreatmentSubCategory", "Determination", "Type", "AgeRange", "PatientGender", "Findings")
FINDINGS = (
    "Nature of Statutory Criteria/Case Summary: An enrollee has requested a lumbar MRI.\n\n"
    "Findings: The physician reviewer found that there is no documented radiculopathy. "
    "Therefore, the request was not medically necessary."
)


def review(number: int, **other: str) -> dict[str, str]:
    values = (f"MN16-{number}", "2016", "Orthopedic", "Back Pain", "Diagnostic Imaging", "Lumbar MRI")
    values += ("Upheld Decision of Health Plan", "Medical Necessity", "41-50", "Female", f"{FINDINGS} Case {number}.")
    return dict(zip(HEADER, values, strict=True)) | other


def sheet(records: list[dict[str, str]], separator: str = ",", header=lambda name: name) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow([header(name) for name in records[0]])
    writer.writerows(record.values() for record in records)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def write(text: str, name: str = "imr.csv", encoding: str = "utf-8"):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return write


def test_a_row_is_a_decision_whose_spans_hold(file):
    (row,) = rows(file(sheet([review(1)])))
    decision = row.decision
    (issue,) = decision.issues
    assert (decision.case_number, decision.source, decision.kind) == ("MN16-1", "imr.csv#MN16-1", "imr")
    assert decision.patient == {"age": None, "sex": "female"}
    assert decision.quote(issue.start, issue.end) == issue.service == "Lumbar MRI"
    assert issue.outcome == "upheld" and decision.quote(*issue.outcome_span) == "Upheld Decision of Health Plan"
    assert decision.quote(*issue.rationale).startswith("Findings: The physician")
    assert [(s.kind, s.voice) for s in decision.sections] == [
        ("header", "boilerplate"), ("history", "history"), ("rationale", "reviewer"),
    ]  # fmt: skip
    assert issue.treatments == ("mri",) and issue.regions == ("lumbar",)
    assert all(issue.rationale[0] <= r.start < r.end <= issue.rationale[1] for r in issue.reasons)


def spaced(name: str) -> str:
    return "".join(f" {c}" if c.isupper() and n else c for n, c in enumerate(name.replace("ID", "Id")))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [str, str.upper, spaced, lambda n: f" {n.lower()} "])
def test_spellings_and_separators_vary(file, separator, header):
    found = list(rows(file(sheet([review(1), review(2)], separator, header))))
    assert [row.key for row in found] == ["MN16-1", "MN16-2"] and all(row.decision for row in found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(file, encoding):
    (row,) = rows(file(sheet([review(1, Findings="The café’s “pain” was not shown.")]), encoding=encoding))
    assert "café’s “pain”" in row.decision.text


@pytest.mark.parametrize(
    ("determination", "outcome"),
    [
        ("Overturned Decision of Health Plan", "overturned"),
        ("UPHELD", "upheld"),
        ("Overturned in Part", "mixed"),
        ("?", "unclear"),
    ],
)
def test_determinations(file, determination, outcome):
    (row,) = rows(file(sheet([review(1, Determination=determination)])))
    assert row.decision.issues[0].outcome == outcome


def test_the_published_copy_without_findings_is_refused(file):
    records = [{name: value for name, value in review(1).items() if name != "Findings"}]
    with pytest.raises(Unreadable, match="nothing to search"):
        decision_of(file(sheet(records)))


def test_a_table_whose_findings_are_empty_is_refused(file):
    with pytest.raises(Unreadable, match="no findings"):
        list(rows(file(sheet([review(1, Findings=""), review(2, Findings=" ")]))))


def test_one_row_without_findings_is_named(file):
    found = list(rows(file(sheet([review(1), review(2, Findings="")]))))
    assert [(row.key, bool(row.decision), bool(row.reason)) for row in found] == [
        ("MN16-1", True, False), ("MN16-2", False, True),
    ]  # fmt: skip


def test_long_tables_come_in_batches_and_only_the_wanted_rows_are_parsed(file, monkeypatch):
    path = file(sheet([review(n) for n in range(table._BATCH * 2 + 1)]))
    everything = list(rows(path, lambda sha: False))
    assert len(everything) == table._BATCH * 2 + 1 and not any(row.decision for row in everything)
    assert len({row.sha256 for row in everything}) == len(everything)
    last = everything[-1].sha256
    parsed = [row for row in rows(path, lambda sha: sha == last) if row.decision]
    assert [row.key for row in parsed] == [f"MN16-{table._BATCH * 2}"] and parsed[0].decision.sha256 == last


def test_a_quotation_mark_that_never_closes_is_said(file):
    text = sheet([review(n) for n in range(3)]) + 'MN16-9,2016,"' + "x" * 6_000_000
    with pytest.raises(Unreadable, match="quotation mark"):
        list(rows(file(text)))


def test_whole_letters_a_line(file):
    records = [{"case_number": "A1", "text": LETTER}, {"case_number": "A2", "text": "Nothing known."}]
    found = list(rows(file("\n\n".join(map(json.dumps, records)), "letters.jsonl")))
    assert [(row.key, row.decision.kind, row.decision.issues[0].outcome) for row in found] == [
        ("A1", "imr", "upheld"), ("A2", "letter", "unclear"),
    ]  # fmt: skip


def test_a_mapping_of_ones_own(file):
    file('id = "Nr"\nfindings = "Reviewer text"\ndetermination = "Verdict"\nservice = "What"\n', "mine.csv.toml")
    (row,) = rows(file("Nr,What,Verdict,Reviewer text\n7,Lumbar MRI,overturned,It was needed.\n", "mine.csv"))
    issue = row.decision.issues[0]
    assert (row.key, issue.service, issue.outcome) == ("7", "Lumbar MRI", "overturned")


@pytest.mark.parametrize(
    ("mapping", "said"),
    [('verdict = "V"', "names a field"), ("id = ", "cannot be read"), ('findings = "Absent"', "no column is named")],
)
def test_a_mapping_that_does_not_fit_is_said(file, mapping, said):
    file(mapping, "mine.csv.toml")
    with pytest.raises(Unreadable, match=said):
        decision_of(file("Nr,Text\n7,words\n", "mine.csv"))


@pytest.mark.parametrize("name", ["ledger.jsonl", "numbers.csv"])
def test_a_table_of_other_things_is_no_letter(file, name):
    with pytest.raises(Unreadable, match="no table of decisions"):
        decision_of(file('{"case": "1", "outcome": "upheld"}\n' if name.endswith("jsonl") else "a,b\n1,2\n", name))


def test_a_table_is_not_one_decision(file):
    with pytest.raises(Unreadable, match="a table of decisions, not one"):
        decision_of(file(sheet([review(1)]), "renamed.txt"))
