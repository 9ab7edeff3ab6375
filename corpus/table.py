"""Tables of decisions, CSV or JSON Lines -> Decisions: a row is a decision, its columns are named in `columns.toml`."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.decision import Decision, Issue, Outcome, Section, Span, Voice
from corpus.kinds import Unreadable
from corpus.parse import completed, decide
from corpus.read import document, size_of, tidy
from corpus.terms import guidelines_in, tag_service

SUFFIXES = frozenset((".csv", ".tsv", ".jsonl"))
# Rows read at once in one child: at 100 a second far from its limits, and a fork is not felt.
_BATCH = 200
_HEAD = 65_536
_LONGEST_FIELD = 5_000_000
_NO_FINDINGS = (
    "a copy of the health-plan reviews without the Findings column: there is nothing to search in it; "
    "download the full data set, with Findings"
)
NO_TABLE = (
    "no table of decisions: no column is named as the reviewer's findings and the determination are; "
    "name them in a file beside it, as corpus/columns.toml shows"
)
csv.field_size_limit(_LONGEST_FIELD)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written: its separator (none: JSON Lines) and which column holds which field."""

    name: str
    separator: str | None
    encoding: str
    columns: dict[str, str]
    header: tuple[str, ...] = ()


def recognises(path: Path) -> bool:
    """Whether a file is a table of decisions, by the names of its columns; one without text to search says so."""
    return layout_of(path) is not None


def layout_of(path: Path) -> Layout | None:
    """A table's layout from its first line and, where there is one, the mapping beside it."""
    if not size_of(path):
        return None
    with open(path, "rb") as file:
        json_lines = file.read(1) == b"{"
        file.seek(0)
        head = file.readline(_LONGEST_FIELD if json_lines else _HEAD)
        if b"\0" in head or b"%PDF" in head[:1024]:
            return None
        head += file.read(_HEAD)
    own = _own_mapping(path)
    encoding = "utf-8-sig" if _is_utf_8(head) else "cp1252"
    first = head.split(b"\n", 1)[0].decode(encoding, errors="replace").rstrip("\r")
    found = _json_layout(first, encoding, own) if first.startswith("{") else _csv_layout(first, encoding, own)
    if own and not found:
        raise Unreadable(f"no column is named as {path.name}.toml says; the columns are: {first[:200]}")
    return found


def listing(path: Path, offset: int) -> dict[str, Any]:
    """The rows after an offset: name, fingerprint, and why it is no decision; and where the next ones begin."""
    found, last = [], None
    for position, row in _rows(path, offset):
        last = position
        text, reason = "", ""
        try:
            text = _text(row)[0]
        except Unreadable as error:
            reason = str(error)
        found.append([row.get("id") or f"row at byte {position}", _sha(text), reason])
        if len(found) == _BATCH:
            break
    if not offset and found and all(reason for _, _, reason in found):
        raise Unreadable(f"no row of it is a decision: {found[0][2]}")
    return {"rows": found, "next": last if len(found) == _BATCH else None}


def decisions(path: Path, offset: int, only: set[str]) -> Iterator[tuple[str, Decision]]:
    """The decisions of the rows after an offset whose fingerprints are asked for."""
    for count, (_, row) in enumerate(_rows(path, offset), 1):
        try:
            text, spans = _text(row)
        except Unreadable:
            text = ""  # `listing` has said why
        if text and (sha := _sha(text)) in only:
            only.discard(sha)
            yield sha, _decision(path, row, text, spans)
        if count == _BATCH or not only:
            return


# ---- the file --------------------------------------------------------------------------------------------------------


def _rows(path: Path, offset: int) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row after an offset as its fields, with the offset after it."""
    layout = layout_of(path)
    if layout is None:
        raise Unreadable("no longer a table of decisions")
    with open(path, "rb") as file:
        if not offset and layout.separator:
            offset = len(file.readline())
        file.seek(offset)
        place = [offset]
        lines = _lines(file, layout.encoding, place)
        records = _csv_records(lines, layout) if layout.separator else _json_records(lines)
        for record in records:
            yield place[0], {field: tidy(record.get(column, "")).strip() for field, column in layout.columns.items()}


def _lines(file: Any, encoding: str, place: list[int]) -> Iterator[str]:
    """Lines as text; `place` is where the last one ended."""
    while line := file.readline(_LONGEST_FIELD):
        place[0] += len(line)
        yield line.decode(encoding, errors="replace").replace("\x00", "")


def _csv_records(lines: Iterator[str], layout: Layout) -> Iterator[dict[str, str]]:
    try:
        for values in csv.reader(lines, delimiter=layout.separator or ","):
            if any(value.strip() for value in values):
                yield dict(zip(layout.header, values, strict=False))
    except csv.Error as error:
        raise Unreadable(f"a row that cannot be read ({error}); is a quotation mark never closed?") from error


def _json_records(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Each line's object; a line that holds none is a row without findings."""
    for line in filter(str.strip, lines):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        fields = record.items() if isinstance(record, dict) else ()
        yield {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields}


def _is_utf_8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) - error.start < 4
    return True


# ---- its columns -----------------------------------------------------------------------------------------------------


@cache
def _known_layouts() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "columns.toml").read_text("utf-8"))


def _own_mapping(path: Path) -> dict[str, list[str]]:
    """The mapping that lies beside a table."""
    file = path.with_name(path.name + ".toml")
    try:
        own = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    except (OSError, ValueError) as error:
        raise Unreadable(f"its mapping {file.name} cannot be read ({error})") from error
    fields = {field for layout in _known_layouts().values() for field in layout} | {"specialty"}
    if unknown := sorted(set(own) - fields):
        known = ", ".join(sorted(fields))
        raise Unreadable(f"its mapping {file.name} names a field {unknown[0]!r}; the fields are: {known}")
    return {field: [name] if isinstance(name, str) else [str(n) for n in name] for field, name in own.items()}


def _csv_layout(first: str, encoding: str, own: dict[str, list[str]]) -> Layout | None:
    best: Layout | None = None
    for separator in ",;\t|":
        try:
            header = next(csv.reader([first], delimiter=separator, strict=True), [])
        except csv.Error:
            continue  # with this separator it is no header
        found = _layout(header, separator, encoding, own)
        if found and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


def _json_layout(first: str, encoding: str, own: dict[str, list[str]]) -> Layout | None:
    try:
        record = json.loads(first)
    except ValueError:
        return None
    return _layout(list(record), None, encoding, own) if isinstance(record, dict) else None


def _layout(header: list[str], separator: str | None, encoding: str, own: dict[str, list[str]]) -> Layout | None:
    """The first known set of columns that a header fits."""
    plain = {_bare(name): name for name in reversed(header)}
    layouts = {"own": own} if own else _known_layouts()
    for name, fields in layouts.items():
        named = {field: [plain.get(_bare(s)) for s in spellings] for field, spellings in fields.items()}
        columns = {field: next(filter(None, names)) for field, names in named.items() if any(names)}
        published = name == "health-plan" and {"id", "determination", "service_group"} <= set(columns)
        if published and "findings" not in columns:
            raise Unreadable(_NO_FINDINGS)
        if "text" in columns or {"findings", "determination"} <= set(columns):
            return Layout(name, separator, encoding, columns, tuple(header))
    return None


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


# ---- a row -----------------------------------------------------------------------------------------------------------

_SHOWN = {
    "id": "Reference ID",
    "year": "Report Year",
    "diagnosis_group": "Diagnosis Category",
    "diagnosis": "Diagnosis Subcategory",
    "service_group": "Treatment Category",
    "service": "Treatment Subcategory",
    "determination": "Determination",
    "type": "Type",
    "age": "Age",
    "sex": "Patient Gender",
    "specialty": "Reviewer Specialty",
    "summary": "Case Summary",
}
_LABELS = re.compile(
    r"(?P<history>Nature of (?:the )?Statutory Criteria(?: ?/ ?Case Summary)?|(?:Case |Clinical )?Summary)\s*:"
    r"|(?P<rationale>Findings?|Physician (?:Reviewer )?Findings?|Rationale|Discussion|Final Result)\s*:"
    r"|(?P<qualifications>(?:Credentials|Qualifications|Summary Reviewer)[^:\n]{0,40})\s*:"
)
_VERDICTS = (
    (re.compile(r"partial|in part|modif|mixed", re.IGNORECASE), Outcome.MIXED),
    (re.compile(r"overturn|revers", re.IGNORECASE), Outcome.OVERTURNED),
    (re.compile(r"uph[eo]ld|affirm", re.IGNORECASE), Outcome.UPHELD),
)
_VOICES = {"history": Voice.HISTORY, "rationale": Voice.REVIEWER, "qualifications": Voice.BOILERPLATE}


def _text(row: dict[str, str]) -> tuple[str, dict[str, Span]]:
    """The row as a letter: a line a field, the findings last; with the span of every field's value."""
    if row.get("text"):
        return row["text"] + "\n", {}
    if not row.get("findings"):
        raise Unreadable("no findings in it, or not of the form of the others, so there is nothing to search")
    text, spans = "", {}
    for field, label in [*_SHOWN.items(), ("findings", "Findings")]:
        if row.get(field):
            text += f"{label}:{chr(10) * 2 if field == 'findings' else ' '}"
            spans[field] = (len(text), len(text) + len(row[field]))
            text += row[field] + "\n"
    return text, spans


def _decision(path: Path, row: dict[str, str], text: str, spans: dict[str, Span]) -> Decision:
    source = f"{path.name}#{row['id']}" if row.get("id") else path.name
    whole = document(source, text.encode(), [text])
    if not spans:
        return decide(whole)
    sections = _sections(text, spans["findings"])
    issue = _issue(text, spans, sections)
    decision = Decision(
        id=whole.sha256[:12],
        source=source,
        sha256=whole.sha256,
        text=whole.text,
        pages=whole.pages,
        jurisdiction="CA" if "service_group" in row else None,
        kind="imr" if "service_group" in row else "table",
        case_number=row.get("id") or None,
        dates=dict.fromkeys(("decision", "injury", "assigned", "received", "ur_denial")),
        reviewer={"specialties": [row["specialty"]] if row.get("specialty") else [], "licensure": []},
        patient=_patient(row),
        sections=sections,
        issues=(issue,),
        warnings=("the determination is neither upheld nor overturned",) if issue.outcome is Outcome.UNCLEAR else (),
    )
    return completed(decision)


def _patient(row: dict[str, str]) -> dict[str, int | str | None]:
    """Age and sex as far as the table tells them; a range of ages is no age."""
    age, sex = row.get("age", ""), row.get("sex", "").lower()
    years = int(age) if age.isascii() and age.isdigit() and len(age) < 4 else None
    return {"age": years, "sex": {"m": "male", "f": "female"}.get(sex, sex if sex in ("male", "female") else None)}


def _sections(text: str, findings: Span) -> tuple[Section, ...]:
    """The columns as a header, then the findings by the labels inside them; the reviewer's where there are none."""
    labels = _LABELS.finditer(text, *findings)
    marks = [m for m in labels if m.start() == findings[0] or text[m.start() - 2] in '.\n "”)?:']
    starts = [(m.start(), str(m.lastgroup), m[0].rstrip(": ")) for m in marks]
    if not starts or starts[0][0] > findings[0]:
        kind = "history" if any(kind == "rationale" for _, kind, _ in starts) else "rationale"
        starts.insert(0, (findings[0], kind, ""))
    bounds = [start for start, _, _ in starts[1:]] + [len(text)]
    header = Section("header", "", 0, findings[0], Voice.BOILERPLATE)
    parts = zip(starts, bounds, strict=True)
    return (header, *(Section(kind, heading, a, b, _VOICES[kind], 0) for (a, kind, heading), b in parts))


def _issue(text: str, spans: dict[str, Span], sections: tuple[Section, ...]) -> Issue:
    start, end = spans.get("service") or spans.get("service_group") or spans["findings"]
    service = " ".join(text[start:end].split())[:200]
    group = text[slice(*spans["service_group"])] if "service_group" in spans else ""
    determination = spans.get("determination")
    outcome = _outcome(text[slice(*determination)]) if determination else Outcome.UNCLEAR
    argument = next((s for s in sections if s.kind == "rationale"), sections[-1])
    rationale = (argument.start, len(text[: argument.end].rstrip()))
    return Issue(
        0,
        service,
        start,
        end,
        outcome,
        determination if outcome is not Outcome.UNCLEAR else None,
        rationale,
        guidelines={"administrator": [], "reviewer": guidelines_in(text[slice(*rationale)])},
        **tag_service(f"{service} {group}".strip(), text[slice(*spans["findings"])]),
    )


def _outcome(words: str) -> Outcome:
    return next((outcome for pattern, outcome in _VERDICTS if pattern.search(words)), Outcome.UNCLEAR)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
