"""BEIR folders and TREC topics, in and out; every fault of them named with its line."""

import json

import ir_measures
import pytest
from ir_measures import RR

from eval.formats import letters_of, member_of, name_of, read_set, write_run, write_set
from eval.questions import Labelled, read_questions
from eval.said import Said
from index.errors import UsageError

QUESTIONS = [
    Labelled(
        "q1",
        "list",
        "which MRI denials?",
        {("CM16-0000001", 0): 2, ("900101", 3): 1},
        frozenset({("CM16-0000001", 1)}),
        quotes={("CM16-0000001", 0): ("no red flags", "plain films first"), ("900101", 3): ()},
    ),
    Labelled("q2", "count", "how many?", {("a letter", 0): 2}, frozenset(), 1, 4),
    Labelled("q3", "unanswerable", "who paid?", {}, frozenset(), expected="out-of-scope"),
]


def told(question):
    return question, {m: quotes for m, quotes in question.quotes.items() if quotes}


@pytest.mark.parametrize("name", ["set.jsonl", "beir"])
def test_questions_come_back_whole(tmp_path, name):
    write_set(tmp_path / name, QUESTIONS)
    assert [told(q) for q in read_set(tmp_path / name)] == [told(q) for q in QUESTIONS]


def test_trec_keeps_the_judged_rankings(tmp_path):
    write_set(tmp_path / "set.trec", QUESTIONS)
    back = read_set(tmp_path / "set.trec", tmp_path / "set.qrels")
    assert [(q.id, q.kind, q.question) for q in back] == [
        ("q1", "precedent", "which MRI denials?"),
        ("q2", "precedent", "how many?"),
    ]
    assert back[0].relevant == QUESTIONS[0].relevant and back[1].relevant == {("a_letter", 0): 2}


def test_the_issues_of_an_index_are_beirs_corpus_and_come_back_as_letters(tmp_path, index):
    write_set(tmp_path / "beir", QUESTIONS, index)
    rows = [json.loads(line) for line in (tmp_path / "beir" / "corpus.jsonl").read_text().splitlines()]
    assert len(rows) == index.catalog.counts()["issues"] and all(row["text"] and row["title"] for row in rows)
    assert "CM15-9000102#1" in {row["_id"] for row in rows}
    assert letters_of(tmp_path / "beir", tmp_path / "letters") == len(rows)
    assert len(list((tmp_path / "letters").glob("*.txt"))) == len(rows)


def test_a_run_can_be_scored_by_others(tmp_path):
    write_run(tmp_path / "ours.run", "ours", [(QUESTIONS[0], Said((("x", 1), ("900101", 3), ("900101", 3))))])
    run = list(ir_measures.read_trec_run(str(tmp_path / "ours.run")))
    assert [row.doc_id for row in run] == ["x#1", "900101#3"]
    qrels = [ir_measures.Qrel("q1", name_of(m), 1) for m in QUESTIONS[0].relevant]
    assert ir_measures.calc_aggregate([RR], qrels, run) == {RR: 0.5}


@pytest.mark.parametrize(
    ("name", "member"),
    [("CM1#2", ("CM1", 2)), ("doc7", ("doc7", 0)), ("a#b", ("a#b", 0)), ("#3", ("#3", 0)), ("a#b#1", ("a#b", 1))],
)
def test_a_document_is_an_issue(name, member):
    assert member_of(name) == member


def beir(folder, *judged, queries=({"_id": "1", "text": "?"}, {"_id": "2", "text": "!"}), name="test.tsv"):
    (folder / "qrels").mkdir()
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (folder / "qrels" / name).write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]))
    return folder


def test_a_plain_beir_folder_is_a_set_of_rankings(tmp_path):
    (found,) = read_set(beir(tmp_path, "1\tdocA\t1", "1\tdocB\t0", name="dev.tsv"))
    assert (found.id, found.kind, found.relevant) == ("1", "precedent", {("docA", 0): 1})


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (["1\ta\t1", "1\ta\t1"], r"test\.tsv, line 3: a is judged twice for 1, first in line 2; keep one"),
        (["1\ta\t1", "1\ta\t0"], "line 3: a is judged twice for 1"),
        (["1\ta"], "line 2: not a judgement; write the query"),
        (["1\ta\tyes"], "line 2: not a judgement"),
        (["1\ta\t9"], "line 2: the grade is 9; the highest is 3"),
        (["7\ta\t1"], "judges the query '7', which is not among the questions; add it or drop its lines"),
        (["1\ta\t0"], "judges no question as answered"),
    ],
)
def test_faults_of_judgements_are_named_with_their_line(tmp_path, judged, said):
    with pytest.raises(UsageError, match=said):
        read_set(beir(tmp_path, *judged))


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ([{"_id": "1"}], "queries.jsonl, line 1: the field 'text' is missing; add it"),
        ([{"_id": "1", "text": "?"}] * 2, "line 2: the id '1' is used twice"),
        ([{"_id": "1", "text": "?", "metadata": {"kind": "essay"}}], "line 1: the kind 'essay' is not one of"),
        ([{"_id": "1", "text": " "}], "line 1: the field 'question' is"),
    ],
)
def test_faults_of_queries_are_named_with_their_line(tmp_path, queries, said):
    with pytest.raises(UsageError, match=said):
        read_set(beir(tmp_path, "1\ta\t1", queries=queries))


def test_a_folder_that_is_no_beir_folder_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match=r"qrels must have a test\.tsv or one other file, it has none"):
        read_set(tmp_path)
    with pytest.raises(UsageError, match=r"has no queries\.jsonl; name a BEIR folder"):
        (beir(tmp_path) / "queries.jsonl").unlink()
        read_set(tmp_path)
    with pytest.raises(UsageError, match=r"has no corpus\.jsonl"):
        letters_of(tmp_path, tmp_path / "letters")


def test_a_document_whose_id_would_leave_the_folder_is_refused(tmp_path):
    (tmp_path / "corpus.jsonl").write_text('{"_id": "../../x", "text": "?"}')
    with pytest.raises(UsageError, match=r"line 1: the id '../../x' is no file name"):
        letters_of(tmp_path, tmp_path / "letters")
    assert not (tmp_path / "letters").exists()


def trec(folder, topics, qrels):
    (folder / "topics").write_text(topics)
    (folder / "qrels").write_text(qrels)
    return read_set(folder / "topics", folder / "qrels")


def test_topics_of_both_forms_are_read(tmp_path):
    blocks = "<top>\n\n<num> Number: 301\n<title> lumbar MRI\ndenied\n<desc> Description:\nany\n</top>\n"
    (block,) = trec(tmp_path, blocks, "301 0 d1 2\n301 0 d2 -1\n")
    (line,) = trec(tmp_path, "301\tlumbar MRI denied\n9\tunjudged\n", "301 0 d1 2\n")
    assert block.question == line.question == "lumbar MRI denied" and block.relevant == line.relevant == {("d1", 0): 2}


@pytest.mark.parametrize(
    ("topics", "qrels", "said"),
    [
        ("301 no tab", "301 0 d 1", "topics, line 1: not a topic; write a number, a tab"),
        ("1\ta\n1\tb", "1 0 d 1", "topics, line 2: the topic '1' is there twice"),
        ("<top>\n<title> x\n</top>", "1 0 d 1", "topics, line 1: a topic without <num>"),
        ("1\ta", "1 0 d", "qrels, line 1: not a judgement"),
        ("1\ta", "1 0 d 1\n1 0 d 2", "qrels, line 2: d is judged twice for 1, first in line 1"),
    ],
)
def test_faults_of_trec_files_are_named_with_their_line(tmp_path, topics, qrels, said):
    with pytest.raises(UsageError, match=said):
        trec(tmp_path, topics, qrels)


def test_a_form_that_is_not_known_is_a_sentence(tmp_path):
    with pytest.raises(UsageError, match=r"name a \.jsonl file, a \.trec file or a folder"):
        write_set(tmp_path / "set.xlsx", QUESTIONS)


def test_our_own_questions_come_through_beir(tmp_path):
    from test_questions_file import OWN

    write_set(tmp_path / "beir", read_questions(OWN))
    assert [told(q) for q in read_set(tmp_path / "beir")] == [told(q) for q in read_questions(OWN)]
