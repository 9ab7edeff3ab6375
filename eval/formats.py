"""Labelled sets of other people: BEIR folders and TREC topics with qrels, read into questions and written from them.

An issue is the document `CASE#NUMBER`; a document without a number is its letter's first issue. What these forms have
no place for (kind, count, expected refusal, borderline issues) rides along in BEIR's metadata and is lost in TREC's.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from eval.questions import Labelled, Member, as_object, fault_in, json_lines, labelled, read_questions
from eval.said import Said
from index.errors import UsageError
from index.search import Index

_HIGHEST = 3
Judgements = dict[str, dict[Member, int]]


def read_set(path: Path, qrels: Path | None = None) -> list[Labelled]:
    """The questions of a JSON Lines file, a BEIR folder or TREC topics; the first fault is named with its line."""
    if qrels is not None:
        return read_trec(path, qrels)
    return read_beir(path) if path.is_dir() else read_questions(path)


def write_set(path: Path, questions: list[Labelled], index: Index | None = None) -> None:
    """The questions in the form the name asks for: NAME.jsonl, NAME.trec (with NAME.qrels beside it), or a folder."""
    if path.suffix == ".jsonl":
        rows = [json.dumps(as_object(question), ensure_ascii=False) for question in questions]
        path.write_text("\n".join(rows) + "\n", "utf-8")
    elif path.suffix == ".trec":
        write_trec(path, path.with_suffix(".qrels"), questions)
    elif path.suffix:
        raise UsageError(
            f"{path} has no form this program writes; name a .jsonl file, a .trec file or a folder for BEIR"
        )
    else:
        write_beir(path, questions, index)


def name_of(member: Member) -> str:
    return f"{member[0]}#{member[1]}"


def member_of(name: str) -> Member:
    case, mark, number = name.rpartition("#")
    return (case, int(number)) if mark and case and number.isdecimal() else (name, 0)


# ---- BEIR -----------------------------------------------------------------------------------------------------------


def read_beir(folder: Path) -> list[Labelled]:
    """The judged queries of a BEIR folder; a query without a kind asks for a ranking."""
    queries, qrels = folder / "queries.jsonl", _split(folder)
    if not queries.is_file():
        raise UsageError(f"{folder} has no queries.jsonl; name a BEIR folder or a JSON Lines file")
    judged = _judgements(qrels, _beir_rows(qrels))
    found: dict[str, Labelled] = {}
    for number, data in json_lines(queries):
        with fault_in(queries, number):
            id_, meta = str(data["_id"]), data.get("metadata") or {}
            if id_ in found:
                raise ValueError(f"the id {id_!r} is used twice; give each query its own")
            if id_ in judged or meta.get("kind") == "unanswerable":
                found[id_] = _question(id_, data["text"], judged.get(id_, {}), meta, number)
    _all_known(qrels, judged, found)
    return list(found.values())


def _split(folder: Path) -> Path:
    """The judgements to use: the test split, else the only one there is."""
    splits = sorted((folder / "qrels").glob("*.tsv"))
    named = [path for path in splits if path.name == "test.tsv"] or splits
    if len(named) != 1:
        have = ", ".join(path.name for path in splits) or "none"
        raise UsageError(
            f"{folder}/qrels must have a test.tsv or one other file, it has {have}; put the one to use there"
        )
    return named[0]


def _beir_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    rows = enumerate(path.read_text("utf-8").splitlines(), 1)
    return ((n, line.split("\t")) for n, line in rows if line.strip() and not (n == 1 and line.startswith("query-id")))


def _question(id_: str, text: str, relevant: dict[Member, int], meta: dict[str, Any], line: int) -> Labelled:
    rows = [
        {
            "case": case,
            "issue": number,
            "grade": grade,
            "quotes": meta.get("quotes", {}).get(name_of((case, number)), []),
        }
        for (case, number), grade in relevant.items()
    ]
    kept: dict[str, Any] = {k: meta[k] for k in ("count", "of", "expected", "borderline") if k in meta}
    kind = meta.get("kind", "precedent")
    return labelled({"id": id_, "kind": kind, "question": text, "relevant": rows, **kept}, line)


def write_beir(folder: Path, questions: Iterable[Labelled], index: Index | None = None) -> None:
    """corpus.jsonl (every issue of the index), queries.jsonl and qrels/test.tsv."""
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    _dump(folder / "corpus.jsonl", _documents(index) if index else [])
    questions = list(questions)
    _dump(folder / "queries.jsonl", map(_query, questions))
    with (folder / "qrels" / "test.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("query-id", "corpus-id", "score"))
        table.writerows((q.id, name_of(m), grade) for q in questions for m, grade in q.relevant.items())


def _query(question: Labelled) -> dict[str, Any]:
    data = as_object(question)
    quotes = {name_of(member): list(said) for member, said in question.quotes.items() if said}
    kept = {k: data[k] for k in ("kind", "count", "of", "expected", "borderline") if data.get(k)}
    return {"_id": question.id, "text": question.question, "metadata": kept | ({"quotes": quotes} if quotes else {})}


def _documents(index: Index) -> Iterator[dict[str, Any]]:
    for row in index.catalog.issues():
        letter, issue = index.catalog.decision(row.decision), index.catalog.issue(row)
        name = letter.case_number or Path(letter.source).stem
        text = letter.quote(*issue.rationale) if issue.rationale else letter.text
        yield {"_id": name_of((name, issue.number)), "title": issue.service, "text": text}


def _dump(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def letters_of(folder: Path, into: Path) -> int:
    """The documents of a BEIR folder as text files to ingest, each named by its id; how many there are."""
    corpus = folder / "corpus.jsonl"
    if not corpus.is_file():
        raise UsageError(f"{folder} has no corpus.jsonl; name a BEIR folder")
    rows = []
    for number, data in json_lines(corpus):
        with fault_in(corpus, number):
            if not re.fullmatch(r"[\w#. -]{1,200}", str(data["_id"])):
                raise ValueError(f"the id {data['_id']!r} is no file name; use letters, digits, '-', '.', '_'")
            rows.append((str(data["_id"]), f"{data.get('title', '')}\n\n{data['text']}\n"))
    into.mkdir(parents=True, exist_ok=True)
    for name, text in rows:
        (into / f"{name}.txt").write_text(text, "utf-8")
    return len(rows)


# ---- TREC -----------------------------------------------------------------------------------------------------------

_TOPIC = re.compile(r"<top>(.*?)</top>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"<num>\s*(?:Number:)?\s*(\S+?)\s*(?=<|\n|$)", re.IGNORECASE)
_TITLE = re.compile(r"<title>\s*(?:Topic:)?\s*(.*?)\s*(?=<|$)", re.DOTALL | re.IGNORECASE)


def read_trec(topics: Path, qrels: Path) -> list[Labelled]:
    """The judged topics, as questions for a ranking: `<top>` blocks, or lines of id, tab, text."""
    for path in (topics, qrels):
        if not path.is_file():
            raise UsageError(f"{path} does not exist; name the topics and, with --qrels, their judgements")
    judged = _judgements(qrels, _trec_rows(qrels))
    found: dict[str, Labelled] = {}
    for number, id_, text in _topics(topics):
        with fault_in(topics, number):
            if id_ in found:
                raise ValueError(f"the topic {id_!r} is there twice; give each topic its own number")
            if id_ in judged:
                found[id_] = _question(id_, text, judged[id_], {}, number)
    _all_known(qrels, judged, found)
    return list(found.values())


def _topics(path: Path) -> Iterator[tuple[int, str, str]]:
    text = path.read_text("utf-8")
    if not _TOPIC.search(text):
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                id_, tab, words = line.partition("\t")
                with fault_in(path, number):
                    if not tab:
                        raise ValueError("not a topic; write a number, a tab and the question, or <top> blocks")
                yield number, id_.strip(), words.strip()
        return
    for block in _TOPIC.finditer(text):
        number = text.count("\n", 0, block.start()) + 1
        named, title = _NUMBER.search(block.group(1)), _TITLE.search(block.group(1))
        with fault_in(path, number):
            if not named or not title or not title.group(1):
                raise ValueError("a topic without <num> or <title>; add it")
        yield number, named.group(1), " ".join(title.group(1).split())


def _trec_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip():
            fields = line.split()
            yield number, [fields[0], fields[2], fields[3]] if len(fields) == 4 else []


def write_trec(topics: Path, qrels: Path, questions: Iterable[Labelled]) -> None:
    questions = list(questions)
    blocks = [f"<top>\n<num> Number: {q.id}\n<title> {' '.join(q.question.split())}\n</top>\n" for q in questions]
    topics.write_text("\n".join(blocks), "utf-8")
    rows = [f"{q.id} 0 {_unspaced(m)} {grade}\n" for q in questions for m, grade in q.relevant.items()]
    qrels.write_text("".join(rows), "utf-8")


def write_run(path: Path, system: str, answers: Iterable[tuple[Labelled, Said]]) -> None:
    """What a system found, as a TREC run that trec_eval and its kin can score."""
    rows = [
        f"{question.id} Q0 {_unspaced(member)} {place} {-float(place)} {system}\n"
        for question, said in answers
        for place, member in enumerate(dict.fromkeys(said.members), 1)
    ]
    path.write_text("".join(rows), "utf-8")


def _unspaced(member: Member) -> str:
    """TREC's fields end at a space."""
    return name_of(member).replace(" ", "_")


# ---- both -----------------------------------------------------------------------------------------------------------


def _judgements(path: Path, rows: Iterable[tuple[int, list[str]]]) -> Judgements:
    """query -> issue -> grade of those that are relevant; two judgements of one pair are refused, equal or not."""
    seen: dict[tuple[str, str], int] = {}
    found: Judgements = {}
    for number, fields in rows:
        with fault_in(path, number):
            if len(fields) != 3 or not re.fullmatch(r"-?\d+", fields[2]):
                raise ValueError("not a judgement; write the query, the document and a whole number as its grade")
            query, document, grade = fields[0], fields[1], int(fields[2])
            if (query, document) in seen:
                raise ValueError(
                    f"{document} is judged twice for {query}, first in line {seen[query, document]}; keep one"
                )
            if grade > _HIGHEST:
                raise ValueError(f"the grade is {grade}; the highest is {_HIGHEST}")
        seen[query, document] = number
        found.setdefault(query, {})
        if grade > 0:
            found[query][member_of(document)] = grade
    return {query: relevant for query, relevant in found.items() if relevant}


def _all_known(path: Path, judged: Judgements, found: dict[str, Labelled]) -> None:
    if missing := [query for query in judged if query not in found]:
        raise UsageError(
            f"{path} judges the query {missing[0]!r}, which is not among the questions; add it or drop its lines"
        )
    if not found:
        raise UsageError(f"{path} judges no question as answered; at least one judgement must be above 0")
