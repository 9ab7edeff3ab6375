"""What is taken away is what is in the index: every decision whole, and a table that no spreadsheet executes."""

import csv
import io
import json
from contextlib import closing

import pytest
from docx import Document
from letters import california, issue

from app.export import harmless, write
from corpus.decision import from_json
from corpus.sentences import squeeze
from index.build import ingest
from index.catalog import Catalog
from index.errors import UsageError


def exported(catalog, format_):
    return taken_away(catalog, format_).decode("utf-8")


def taken_away(catalog, format_):
    out = io.BytesIO()
    write(catalog, format_, out)
    return out.getvalue()


def rows(catalog):
    return list(csv.DictReader(io.StringIO(exported(catalog, "csv"))))


def test_every_line_of_the_jsonl_is_a_decision_whole(index):
    lines = exported(index.catalog, "jsonl").splitlines()
    assert [from_json(json.loads(line)) for line in lines] == list(
        map(index.catalog.decision, index.catalog.decision_ids())
    )
    assert len(lines) == 6


def test_every_quote_of_the_jsonl_is_the_text_at_its_place(index):
    quotes = 0
    for decision in map(json.loads, exported(index.catalog, "jsonl").splitlines()):
        for reason in (reason for one in decision["issues"] for reason in one["reasons"]):
            assert decision["text"][reason["start"] : reason["end"]] == reason["quote"]
            quotes += 1
    assert quotes


def test_the_same_index_is_the_same_bytes(index, small):
    with closing(Catalog(small)) as another:
        assert all(exported(another, f) == exported(index.catalog, f) for f in ("jsonl", "csv", "bibtex"))


def test_the_table_has_a_line_for_each_issue(index):
    found = rows(index.catalog)
    assert len(found) == index.catalog.counts()["issues"]
    (norco,) = [row for row in found if row["case_number"] == "CM15-9000102" and row["issue"] == "2"]
    assert norco["outcome"] == "upheld" and norco["treatments"] == "opioid" and norco["decided"] == "2015-04-03"
    assert norco["source"] == "CM15-9000102.txt" and "Norco" in norco["service"]


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "'=1",
        '"=1',
        " ' \"=1",
        "\0=1",
        "=cmd|' /C calc'!A0",
        "-",
    ],
    ids=ascii,
)
def test_no_cell_is_a_formula(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["\n=1", " \n=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"])
def test_rarer_beginnings_are_no_formulas_either(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "MRI", "1=1", "L4-5", "a@b", "'tis", '"quoted"', "3 - 2"])
def test_other_cells_stay_as_they_are(cell):
    assert harmless(cell) == cell


def test_a_service_that_is_a_formula_is_harmless_in_the_table(stand_in, tmp_path):
    (tmp_path / "a.txt").write_text(california(issue('=HYPERLINK("http://x","MRI") of the knee: Upheld')))
    ingest([tmp_path / "a.txt"], tmp_path / "index", "stand-in")
    with closing(Catalog(tmp_path / "index")) as catalog:
        (row,) = rows(catalog)
        assert "HYPERLINK" in row["service"] and all(not cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_an_unknown_format_is_a_sentence(index):
    with pytest.raises(UsageError, match="--format xml is not known"):
        exported(index.catalog, "xml")


def test_the_document_has_a_heading_a_decision_and_each_reason_with_its_place(index):
    paragraphs = Document(io.BytesIO(taken_away(index.catalog, "docx"))).paragraphs
    decisions = list(map(index.catalog.decision, index.catalog.decision_ids()))
    headings = [p.text for p in paragraphs if p.style.name == "Heading 1"]
    assert headings == [d.case_number or d.source for d in decisions]
    issues = [p.text for p in paragraphs if p.style.name == "List Bullet"]
    assert len(issues) == index.catalog.counts()["issues"] and all(" — " in text for text in issues)
    reasons = [(d, r) for d in decisions for i in d.issues for r in i.reasons]
    told = [p.text for p in paragraphs if p.style.name == "List Bullet 2"]
    for (decision, reason), text in zip(reasons, told, strict=True):
        assert f"“{squeeze(decision.quote(reason.start, reason.end))}” (" in text
        assert text.endswith(f"p. {decision.page_of(reason.start)})")


def test_a_document_is_not_written_to_a_terminal(index):
    class Terminal(io.BytesIO):
        def isatty(self):
            return True

    with pytest.raises(UsageError, match="write it to a file"):
        write(index.catalog, "docx", Terminal())


def test_the_bibliography_has_an_entry_a_decision(index):
    entries = exported(index.catalog, "bibtex").split("\n\n")[:-1]
    assert len(entries) == 6 and all(e.startswith("@misc{") and e.endswith("}\n}") for e in entries)
    (entry,) = [e for e in entries if "CM15-9000102" in e]
    assert "title = {{Cal. IMR Case No. CM15-9000102, Final Determination (Apr. 3, 2015)}},\n  year = {2015}" in entry


def test_signs_of_odd_names_are_plain_in_both(stand_in, tmp_path):
    (tmp_path / "a_{1}%~.txt").write_text(california(issue("MRI & CT\x01: Upheld")))
    ingest([tmp_path / "a_{1}%~.txt"], tmp_path / "index", "stand-in")
    with closing(Catalog(tmp_path / "index")) as catalog:
        assert "note = {a\\_\\textbraceleft{}1\\textbraceright{}\\%\\textasciitilde{}.txt}" in exported(
            catalog, "bibtex"
        )
        assert taken_away(catalog, "docx").startswith(b"PK")
