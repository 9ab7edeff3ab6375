"""The command line: results on stdout, notes on stderr, every error one sentence with its exit code."""

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from docx import Document
from letters import texas
from odd_files import pdf

import app.answer
from app.cli import Progress, cli, main
from app.labels import duration
from app.settings import NAMES
from index.catalog import Catalog

ROOT = Path(__file__).parents[1]
QUESTION = "lumbar MRI denials"


def keys(words: str) -> set[str]:
    return set(words.split())


# The keys of the contract.
ANSWER = keys(
    "question intent interpretation answer count of results excluded citations abstained because "
    "relaxations model index notices proposals"
)
RESULT = keys("decision case_number source issue service outcome score citations")
CITATION = keys("n decision case_number source issue section voice page start end quote reference")
DECISION = keys(
    "id source sha256 case_number jurisdiction kind dates reviewer patient text pages sections issues flags redacted"
    " warnings"
)
ISSUE = keys("number service start end outcome outcome_span treatments regions levels side codes guidelines reasons")


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def says(self, code: int, words: str):
        """One sentence on stderr with the exit code, and nothing on stdout."""
        assert (self.code, self.out) == (code, "") and words in self.err, self
        assert self.err.count("\n") == 1 and self.err.startswith("precedent: ") and "Traceback" not in self.err
        return True


@pytest.fixture
def run(stand_in, tmp_path, monkeypatch, capsys):
    """`precedent …` in this process, in an empty folder, with the stand-in as its model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRECEDENT_ENCODER", "stand-in")
    monkeypatch.setenv("PRECEDENT_INDEX", str(tmp_path / "index"))

    def called(*arguments, stdin: str | io.StringIO = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["precedent", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", stdin if isinstance(stdin, io.StringIO) else io.StringIO(stdin))
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as leave:
            code = leave.code or 0
        return Done(code, *capsys.readouterr())

    return called


# ---- each command ------------------------------------------------------------


def test_an_answer_in_json_has_the_keys_of_the_contract(run, small):
    answer = run("ask", QUESTION, "--index", small, "--json").json
    assert set(answer) == ANSWER and answer["question"] == QUESTION
    assert set(answer["index"]) == {"fingerprint", "decisions", "issues"}
    assert all(set(piece) == {"field", "value", "from"} for piece in answer["interpretation"])
    assert all(set(sentence) == {"text", "citations"} for sentence in answer["answer"])
    assert answer["results"] and all(set(result) >= RESULT for result in answer["results"])
    assert answer["citations"] and all(set(citation) == CITATION for citation in answer["citations"])
    assert answer["excluded"] and all(set(one) >= {"decision", "issue", "why"} for one in answer["excluded"])


def test_an_answer_as_text_names_its_members_and_quotes_them(run, small):
    done = run("ask", QUESTION, "--index", small)
    assert done.code == 0 and "CM13-9000201, issue 1" in done.out and "[1]" in done.out and not done.err


def test_no_match_is_an_answer_and_no_error(run, small):
    done = run("ask", "gym membership denials", "--index", small, "--json")
    assert done.code == 0 and done.json["abstained"] == "no-match" and done.json["results"] == []


def test_a_question_may_come_from_stdin(run, small):
    assert (
        run("ask", "-", "--index", small, "--json", stdin=QUESTION).json
        == run("ask", QUESTION, "--index", small, "--json").json
    )


def test_a_reading_can_be_undone(run, small):
    answer = run("ask", QUESTION, "--without", "outcome=upheld", "--index", small, "--json").json
    assert len(answer["results"]) == 3
    assert run("ask", QUESTION, "--without", "outcome", "--index", small).says(2, "--without takes FIELD=VALUE")


def batch(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), "utf-8")
    return path


def line(id_, question=QUESTION) -> str:
    return json.dumps({"id": id_, "question": question})


def test_a_batch_has_an_answer_a_line_in_its_order(run, small, tmp_path):
    file = batch(tmp_path / "q.jsonl", line("b"), "", line(7, "gym membership denials"), line("a"))
    answers = [json.loads(one) for one in run("ask", "--batch", file, "--json", "--index", small).out.splitlines()]
    assert [answer.pop("id") for answer in answers] == ["b", 7, "a"]
    assert all(set(answer) == ANSWER for answer in answers)
    assert answers[0] == answers[2] == run("ask", QUESTION, "--index", small, "--json").json


@pytest.mark.parametrize("fault", ["{", "[]", '{"id": 1}', '{"question": "x"}', "7"])
def test_a_faulty_batch_is_refused_before_the_first_answer(run, small, tmp_path, fault):
    file = batch(tmp_path / "q.jsonl", line(1), fault)
    assert run("ask", "--batch", file, "--json", "--index", small).says(2, "q.jsonl, line 2: ")


def test_one_empty_question_does_not_end_a_batch(run, small, tmp_path):
    file = batch(tmp_path / "q.jsonl", line(1), line(2, "  "), line(3))
    done = run("ask", "--batch", file, "--json", "--index", small)
    first, refused, last = map(json.loads, done.out.splitlines())
    assert (first["id"], last["id"]) == (1, 3) and set(first) == set(last) == ANSWER | {"id"}
    assert set(refused) == {"id", "error"} and refused["id"] == 2 and "the question is empty" in refused["error"]
    assert done.code == 1 and done.err == "precedent: 1 of 3 questions failed; each says why in its line's error\n"


def test_one_question_the_program_fails_on_does_not_end_a_batch(run, small, tmp_path, monkeypatch):
    def fails_once(index, text, *options, real=app.answer.ask):
        return real(index, text, *options) if text == QUESTION else 1 / 0

    monkeypatch.setattr(app.answer, "ask", fails_once)
    done = run("ask", "--batch", batch(tmp_path / "q.jsonl", line(1, "why"), line(2)), "--json", "--index", small)
    failed, answered = map(json.loads, done.out.splitlines())
    assert "ZeroDivisionError" in failed["error"] and set(answered) == ANSWER | {"id"} and done.code == 1


def test_a_batch_over_an_index_of_another_model_ends_at_once(run, small, tmp_path, monkeypatch):
    monkeypatch.setenv("PRECEDENT_ENCODER", "stand-in-two")
    file = batch(tmp_path / "q.jsonl", line(1), line(2))
    assert run("ask", "--batch", file, "--json", "--index", small).says(3, "was made with the model stand-in:1")


def test_a_batch_that_is_not_utf_8_is_a_sentence(run, small, tmp_path):
    (tmp_path / "q.jsonl").write_bytes(b'{"id": 1, "question": "\xff"}')
    assert run("ask", "--batch", tmp_path / "q.jsonl", "--index", small).says(2, "q.jsonl is not UTF-8 text")


def test_a_line_of_a_batch_ends_only_where_the_line_ends(run, small, tmp_path):
    row = json.dumps({"id": 1, "question": f"{QUESTION}\u2028"}, ensure_ascii=False)
    assert run("ask", "--batch", batch(tmp_path / "q.jsonl", row), "--json", "--index", small).json["id"] == 1


def test_precedents_for_a_pasted_case_from_a_file_and_from_stdin(run, small, tmp_path):
    case = "A lumbar MRI is requested for a 40-year-old man with low back pain."
    (tmp_path / "case.txt").write_text(case)
    answer = run("similar", tmp_path / "case.txt", "--index", small, "--json").json
    assert set(answer) == ANSWER | {"facts", "like", "contrast", "gaps", "rates", "twins", "sample"}
    assert answer["intent"] == "precedent" and all(result["why"] for result in answer["results"])
    assert run("similar", "-", "--index", small, "--json", stdin=case).json["results"] == answer["results"]


def test_a_reading_of_a_case_is_undone_and_another_put_in_its_place(run, small):
    case = "A lumbar MRI is requested for a 40-year-old man with low back pain."
    corrected = "--without", "treatment=mri", "--with", "treatment=opioid"
    answer = run("similar", "-", *corrected, "--index", small, "--json", stdin=case).json
    assert [f["value"] for f in answer["facts"] if f["field"] == "treatment"] == ["opioid"]
    assert all("MRI" not in result["service"] for result in answer["results"]) and answer["results"]
    assert "treatment: opioid" in run("similar", "-", *corrected, "--index", small, stdin=case).out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--like", "moon"), "--like moon is not known; choose among: facts, treatment, reason, guideline"),
        (("--with", "treatment"), "--with takes FIELD=VALUE"),
        (("--with", "colour=red"), "colour is no fact of a case"),
        (("--with", "region=moon"), "region=moon is not known; choose among: cervical"),
        (("--with", "since-injury=long"), "not a time in weeks"),
    ],
)
def test_a_correction_of_nothing_known_is_a_sentence(run, small, flags, message):
    assert run("similar", "-", *flags, "--index", small, stdin="A lumbar MRI is requested.").says(2, message)


def test_a_worksheet_and_an_answer_are_taken_away(run, small):
    sheet = run("worksheet", "-", "--format", "csv", "--index", small, stdin="A lumbar MRI is requested.")
    assert sheet.out.startswith("criterion,label,case,") and ",searched,index" in sheet.out
    assert run("worksheet", "-", "--format", "xml", "--index", small, stdin="A lumbar MRI is requested.").says(
        2, "--format xml is not known"
    )
    rows = run("export", QUESTION, "--format", "jsonl", "--index", small).out.splitlines()
    assert len(rows) == 2 and {json.loads(row)["outcome"] for row in rows} == {"upheld"}
    more = run("export", QUESTION, "--without", "outcome=upheld", "--format", "jsonl", "--index", small).out
    assert len(more.splitlines()) == 3


DRAFT = "In CM15-9000102, Issue 1, the denial was {}. See also CM26-1234567."


def test_a_draft_is_held_against_the_index(run, small, tmp_path):
    (tmp_path / "draft.txt").write_text(DRAFT.format("upheld"))
    done = run("check", tmp_path / "draft.txt", "--index", small)
    assert done.code == 1 and "outcome wrong" in done.out and "CM26-1234567 is not in the index" in done.out
    told = run("check", tmp_path / "draft.txt", "--index", small, "--json").json
    assert told["counts"] == {"case:found": 1, "case:not-found": 1, "outcome:wrong": 1} and told["problems"] == 2


def test_a_draft_without_fault_ends_well(run, small):
    done = run("check", "-", "--index", small, stdin=DRAFT.format("overturned").partition(" See")[0])
    assert done.code == 0 and "2 claims checked: 2 right, 0 to look at" in done.out


@pytest.mark.parametrize("suffix", ["docx", "pdf"])
def test_a_draft_of_a_word_processor_is_read(run, small, tmp_path, suffix):
    text, file = DRAFT.format("overturned"), tmp_path / f"draft.{suffix}"
    if suffix == "docx":
        document = Document()
        document.add_paragraph(text)
        document.save(file)
    else:
        file.write_bytes(pdf(text))
    assert run("check", file, "--index", small, "--json").json["counts"]["case:not-found"] == 1


def test_a_search_gives_as_many_passages_as_wanted(run, small):
    found = run("search", "red flags", "-k", "3", "--index", small, "--json").json["results"]
    assert len(found) == 3 and all(one["quote"] and one["reference"] for one in found)
    assert "[reviewer]" in run("search", "red flags", "--index", small).out


@pytest.mark.parametrize("name", ["CM15-9000102", "cm15-9000102.txt", "CM15-9000102.TXT"])
def test_a_decision_is_shown_whole_by_each_of_its_names(run, small, name):
    shown = run("show", name, "--index", small, "--json").json
    assert run("show", shown["id"], "--index", small, "--json").json == shown
    assert set(shown) == DECISION and shown["case_number"] == "CM15-9000102"
    assert all(set(section) >= {"kind", "heading", "start", "end"} for section in shown["sections"])
    for issue in shown["issues"]:
        assert set(issue) >= ISSUE
        for reason in issue["reasons"]:
            assert set(reason) == {"criterion", "status", "voice", "start", "end", "quote", "reader"}
            assert shown["text"][reason["start"] : reason["end"]] == reason["quote"]


def test_a_decision_as_text_has_its_issues(run, small):
    assert "Issue 2: " in run("show", "CM15-9000102", "--index", small).out


def test_everything_can_be_taken_away(run, small):
    lines = run("export", "--index", small).out.splitlines()
    assert len(lines) == 6 and all(set(json.loads(one)) == DECISION for one in lines)
    assert run("export", "--format", "csv", "--index", small).out.startswith("decision,case_number,")


def test_counts_and_ledger(run, small):
    found = run("stats", "--index", small, "--json").json
    assert found["decisions"] == 6 and sum(found["outcomes"].values()) == found["issues"]
    assert sum(row["issues"] for row in found["ledger"]) == found["reasons"]
    assert "6 decisions" in run("stats", "--index", small).out


def test_a_sound_index_has_no_fault_and_a_broken_one_is_code_3(run, copied):
    assert run("verify", "--index", copied, "--json").json["faults"] == []
    next(copied.glob("dense/*/*.faiss")).write_bytes(b"")
    done = run("verify", "--index", copied)
    assert done.code == 3 and "dense cache" in done.out


def test_the_settings_in_effect(run, tmp_path):
    shown = run("config", "--json").json
    assert shown["index"] == {"value": str(tmp_path / "index"), "from": "PRECEDENT_INDEX"}
    assert shown["encoder"] == {"value": "stand-in", "from": "PRECEDENT_ENCODER"}
    assert shown["model"] == {"value": None, "from": "built in"} and set(shown) == set(NAMES)
    assert "encoder        stand-in  (PRECEDENT_ENCODER)\n" in run("config").out
    assert "elsewhere  (--index)" in run("config", "--index", "elsewhere").out


def test_the_settings_are_shown_without_their_secrets(run, tmp_path, monkeypatch):
    (tmp_path / "precedent.toml").write_text('model_key = "sk-1"\nmodel_url = "https://me:pw@host/v1?key=sk-2"\n')
    monkeypatch.setenv("PRECEDENT_MODEL_KEY", "sk-3")
    for done in (run("config"), run("config", "--json")):
        assert not any(secret in done.out + done.err for secret in ("sk-", "pw", "me:"))
    assert "set, not shown  (PRECEDENT_MODEL_KEY)" in run("config").out
    assert run("config", "--json").json["model_url"] == {"value": "https://…@host/v1?…", "from": "precedent.toml"}


def test_a_model_that_cannot_be_meant_is_refused_before_the_index_is_opened(run):
    assert run("ask", QUESTION, "--model", "gpt").says(2, "--model is 'gpt'; name provider and model")
    assert run("ask", QUESTION, "--model", "nobody:x").says(2, "--model is nobody:x: LangChain cannot open it")


def test_a_model_that_is_not_there_costs_a_note(run, small, monkeypatch):
    pytest.importorskip("langchain_openai")
    monkeypatch.setenv("PRECEDENT_MODEL", "openai:x")
    monkeypatch.setenv("PRECEDENT_MODEL_URL", "http://127.0.0.1:9/v1")
    done = run("ask", QUESTION, "--index", small)
    plain = run("ask", QUESTION, "--index", small, "--model", "")
    note = "Note: openai:x cannot be reached; this is the answer without it.\n"
    assert done.code == 0 and note in done.out and done.out.replace(note, "") == plain.out


def test_a_reading_can_be_added(run, small):
    answer = run("ask", "denials", "--with", "treatment=mri", "--index", small, "--json").json
    assert {"field": "treatment", "value": "mri", "from": "--with"} in answer["interpretation"]
    assert run("ask", QUESTION, "--with", "treatment=magic", "--index", small).says(2, "'magic' is no treatment")
    assert run("ask", QUESTION, "--with", "colour=red", "--index", small).says(2, "a reading can be added for")


def test_a_cue_is_explained(run):
    told = run("cues", "There is no radiculopathy.").out
    assert "radiculopathy: denied" in told and "the cue 'radiculopath*' fires on “radiculopathy”" in told
    assert told.startswith("role: finding (the reviewer's finding about this case)\n")
    assert "the review cues fire on “carrier”" in run("cues", "The carrier saw no radiculopathy.").out
    assert run("cues", "The cat sat.").out.endswith("no criterion is named\n")


def test_a_ledger_is_shown_sentence_by_sentence(run, small):
    found = run("show", "CM15-9000102", "--index", small, "--json").json
    told = run("show", "CM15-9000102", "--index", small).out
    spans = [{(r["start"], r["end"]) for r in one["reasons"]} for one in found["issues"]]
    assert sum(map(len, spans)) < sum(len(one["reasons"]) for one in found["issues"])  # one sentence, several reasons
    flat = " ".join(told.split())
    for one in found["issues"]:
        for reason in one["reasons"]:
            assert flat.count(f"“{' '.join(reason['quote'].split())}”") == 1
            assert f": {reason['status']}" in told


def test_the_table_has_a_row_a_criterion_and_status_and_a_column_an_outcome(run, small):
    ledger = run("stats", "--index", small, "--json").json["ledger"]
    head, *rows = [row.split() for row in run("stats", "--index", small).out.split("\n\n")[1].splitlines()]
    assert head[:2] == ["criterion", "status"] and head[-1] == "all" and {r["outcome"] for r in ledger} <= set(head)
    cells = {
        (row[0], row[1], o): int(n) for row in rows for o, n in zip(head[2:-1], row[2:-1], strict=True) if n != "·"
    }
    assert cells == {(r["criterion"], r["status"], r["outcome"]): r["issues"] for r in ledger}
    assert all(int(row[-1]) == sum(int(n) for n in row[2:-1] if n != "·") for row in rows)


def test_a_phrase_shows_what_it_stands_for_and_the_list_of_terms_is_checked(run, tmp_path):
    assert "side: left" in run("terms", "Synvisc injection left knee").out
    assert "no ambiguous word" in run("terms", "--check").out
    (tmp_path / "mine.toml").write_text('[treatment.a]\nforms = ["x"]\n[treatment.b]\nforms = ["X"]\n')
    refused = run("terms", "--check", "--file", tmp_path / "mine.toml")
    assert refused.code == 1 and "“x” stands under [treatment.a] and [treatment.b]" in refused.out
    assert run("terms", "--check", "--file", tmp_path / "none.toml").says(2, "does not exist")
    assert run("terms").says(2, "either")


def test_help_is_there_for_every_command(run):
    for command in ("", *(c.name or c.callback.__name__ for c in cli.registered_commands)):
        done = run(*command.split(), "--help")
        assert done.code == 0 and "Usage" in done.out and not done.err


def test_what_is_gone_is_told_and_forgotten_on_request(run, few_letters, tmp_path):
    folder = Path(shutil.copytree(few_letters, tmp_path / "letters"))
    run("ingest", folder)
    gone = sorted(folder.iterdir())[0]
    gone.unlink()
    kept = run("ingest", folder)
    assert kept.out == "5 unchanged\n" and kept.err.startswith(f"1 decisions are kept whose files are gone, {gone}")
    assert run("ingest", folder, "--prune").out == "1 removed, 5 unchanged\n"
    assert run("show", gone.name).says(2, "is not in")


def test_remove_leaves_no_word_behind(run, tmp_path):
    letters = {
        name: texas(analysis=f"The reviewer recalls {name}.", case=f"90090{len(name)}") for name in ("zanzibar", "oslo")
    }
    for name, text in letters.items():
        (tmp_path / f"{name}.txt").write_text(text)
    run("ingest", *(tmp_path / f"{name}.txt" for name in letters))
    assert run("remove", "zanzibar.txt").out == "removed zanzibar.txt\n"
    held = b"".join(path.read_bytes() for path in (tmp_path / "index").rglob("*") if path.is_file()).lower()
    assert b"oslo" in held and b"zanzibar" not in held
    assert run("remove", "zanzibar.txt").says(2, "zanzibar.txt is not in")


def test_another_model_is_refused_until_the_vectors_are_made_anew(run, few_letters):
    run("ingest", few_letters)
    refused = run("ingest", few_letters, "--encoder", "stand-in-two")
    assert refused.says(3, "made with the model stand-in:1, this is stand-in-two:1") and "--reencode" in refused.err
    done = run("ingest", "--reencode", "--encoder", "stand-in-two", "--json").json
    assert done["reencoded"] > 100 and not done["added"]
    assert run("search", "lumbar MRI").says(3, "made with the model stand-in-two:1")
    assert run("ingest", few_letters, "--encoder", "stand-in-two").out == "6 unchanged\n"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.4, "59 s"), (61, "1 min"), (3599, "1 h 0 min"), (7500, "2 h 5 min")]
)
def test_durations_are_told_as_people_say_them(seconds, said):
    assert duration(seconds) == said


def test_progress_tells_rate_and_remaining_time(monkeypatch, capsys):
    now = iter((0.0, 10.0, 10.01, 40.0))
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    progress = Progress()
    for done in (5, 6, 20):
        progress(done, 20, "a.pdf")
    lines = capsys.readouterr().err.strip("\n").split("\r")
    assert [line.split("  ")[0] for line in lines] == ["", "5/20, 0.5 a second, 30 s left", "20/20, 0.5 a second"]


def test_ingest_twice(run, few_letters, tmp_path):
    assert run("ingest", few_letters).out == "6 added\n"
    again = run("ingest", few_letters, "--json")
    assert (
        len(again.json["unchanged"]) == 6 and not again.json["added"] and again.json["index"] == str(tmp_path / "index")
    )


# ---- errors ------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ingest", "missing"], 2, "missing does not exist; name a file or folder"),
        (["ingest", "empty-folder"], 2, "holds no documents"),
        (["ingest"], 2, "ingest what? name files or folders"),
        (["ask"], 2, "ask what?"),
        (["ask", QUESTION], 3, "no index in"),
        (["ask", "--batch", "missing"], 2, "missing does not exist"),
        (["ask", QUESTION, "--colour"], 2, "--colour"),
        (["similar", "missing"], 3, "no index in"),
        (["search", "MRI"], 3, "no index in"),
        (["search", "MRI", "-k", "0"], 2, "precedent --help"),
        (["show", "x"], 3, "no index in"),
        (["stats"], 3, "make one with: precedent ingest"),
        (["verify"], 3, "no index in"),
        (["export"], 3, "no index in"),
        (["colour"], 2, "colour"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_is_one_sentence_and_writes_nothing(run, tmp_path, arguments, code, said):
    (tmp_path / "empty-folder").mkdir()
    assert run(*arguments).says(code, said)
    assert [path.name for path in tmp_path.iterdir()] == ["empty-folder"]


def written(folder: Path) -> dict[Path, int]:
    """When each file was last written, SQLite's own notes to itself left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))]
    return {path: path.stat().st_mtime_ns for path in files}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "   "], "the question is empty"),
        (["ask", "x" * 100_001], "longer than 100,000 characters"),
        (["similar", "missing"], "missing"),
        (["search", " "], "empty"),
        (["show", "nobody"], "nobody is not in"),
        (["export", "--format", "xml"], "choose jsonl, csv, docx or bibtex"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_an_error_over_a_good_index_is_one_sentence_too(run, small, arguments, said):
    before = written(small)
    assert run(*arguments, "--index", small).says(2, said)
    assert written(small) == before


def test_a_search_for_no_text_at_all_is_a_sentence_or_nothing(run, small):
    assert run("search", "\udcff", "--index", small).code in (0, 2)


def test_some_files_failed_and_the_rest_is_in(run, few_letters, tmp_path):
    folder = shutil.copytree(few_letters, tmp_path / "letters")
    (folder / "empty.txt").touch()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    done = run("ingest", folder)
    assert (done.code, done.out) == (5, "6 added, 2 failed\n")
    assert f"{folder / 'empty.txt'}: empty\n" in done.err and f"{folder / 'broken.pdf'}: " in done.err
    assert done.err.count("\n") == 2 and run("stats", "--json").json["decisions"] == 6


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(run, few_letters, tmp_path):
    folder = shutil.copytree(few_letters, tmp_path / "letters")
    (folder / "CM13-9000201.txt").chmod(0)
    done = run("ingest", folder)
    assert done.code == 5 and "CM13-9000201.txt: cannot be opened" in done.err


def test_a_locked_index_names_the_process_and_is_still_read(run, copied, few_letters):
    with closing(Catalog(copied)) as catalog, catalog.writing():
        assert run("ingest", few_letters, "--index", copied).says(4, f"process {os.getpid()};")
        assert run("ask", QUESTION, "--index", copied).code == 0


def test_a_damaged_index_is_code_3(run, copied):
    (copied / "catalog.sqlite").write_bytes(b"no database, only words " * 400)
    assert run("ask", QUESTION, "--index", copied).says(3, "catalog.sqlite is damaged")


def test_an_index_of_another_model_is_code_3(run, small, monkeypatch):
    monkeypatch.setenv("PRECEDENT_ENCODER", "stand-in-two")
    assert run("search", "MRI", "--index", small).says(3, "was made with the model stand-in:1")


def test_an_interrupted_command_is_code_130(run, small):
    class Impatient(io.StringIO):
        def read(self, size=-1):
            raise KeyboardInterrupt

    done = run("ask", "-", "--index", small, stdin=Impatient())
    assert (done.code, done.out) == (130, "") and done.err.startswith("interrupted")


# ---- as a process of its own ------------------------------------------------------------


def process(*arguments, code: str = "from app.cli import main; main()"):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)


@pytest.mark.model
def test_a_question_with_the_real_model_loads_nothing_it_does_not_need(real_folder):
    heavy = ("torch", "transformers", "sentence_transformers", "gradio", "unstructured", "app.case", "app.check")
    report = f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    code = f"import atexit, sys, app.cli\natexit.register(lambda: {report})\napp.cli.main()"
    question = "which ESI denials cited missing radiculopathy findings"
    done = process("ask", question, "--index", real_folder, "--json", code=code)
    assert (done.returncode, done.stderr) == (0, "[]\n")
    assert set(json.loads(done.stdout)) == ANSWER and json.loads(done.stdout)["model"] is None


def test_the_module_is_the_command(tmp_path):
    command = [sys.executable, "-m", "app.cli", "ask", QUESTION, "--index", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (3, "") and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_reader_that_goes_away_is_no_error(small):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "app.cli", "export", "--index", str(small)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=ROOT) as export:
        export.stdout.close()
        assert export.stderr.read() == b"" and export.wait() == 0


INSTALLED = any(point.name == "precedent" for point in entry_points(group="console_scripts"))


@pytest.mark.model
@pytest.mark.skipif(not INSTALLED, reason="precedent is not installed here, only on the path")
def test_the_doctor_finds_everything(run, small):
    done = run("doctor", "--index", small)
    assert done.code == 0 and "faiss-cpu " in done.out and "encoder " in done.out and "'decisions': 6" in done.out


@pytest.mark.skipif(not INSTALLED, reason="precedent is not installed here, only on the path")
def test_the_evaluation_is_a_command(run, small, tmp_path):
    relevant = [{"case": "900104", "issue": 0, "grade": 2}]
    row = {"id": 1, "kind": "list", "question": "MRI approvals", "relevant": relevant}
    (tmp_path / "q.jsonl").write_text(json.dumps(row))
    assert run("eval", tmp_path / "q.jsonl", "--systems", "ours", "--index", small, "--json").json["questions"] == 1
