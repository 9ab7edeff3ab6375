"""One SQLite file is the only truth: decisions, issues, reasons, passages, vectors; a decision is one transaction."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from corpus.decision import Decision, Issue, Passage, Voice, from_json, to_json
from corpus.terms import named_in
from index import lock, schema
from index.errors import IndexUnusable, PrecedentError, UsageError
from index.plain import encodable

# What `Catalog.held` reads; `index.verify` compares it with what the decision's record gives.
_OF_A_DECISION = {
    "decisions": "select source, sha256, jurisdiction, kind, case_number, decided from decisions where id = ?",
    "issues": "select number, service, outcome from issues where decision = ?",
    "tags": "select i.number, t.kind, t.value from tags t join issues i on i.key = t.issue where i.decision = ?",
    "reasons": """select i.number, r.place, r.criterion, r.status, r.voice, r.start, r.stop, r.reader
                  from reasons r join issues i on i.key = r.issue where i.decision = ?""",
    "passages": """select i.number, p.section, p.voice, p.start, p.stop, p.vector
                   from passages p left join issues i on i.key = p.issue where p.decision = ?""",
}
# The planner takes the table itself, whose rows are as long as the letters; the index holds all that a condition needs.
_LETTERS = "decisions d indexed by decisions_facts"
_CURE = "restore a copy, or ingest the documents into a new folder"
_NO_SPACE = (
    "no space left in {folder}, or it cannot be written ({error}); "
    "free some and run the command again, what was added before is safe"
)
_IRO = re.compile(r"^IRO[-\s]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on issues: the field must have one of the values; for `decided`, [from, to) as dates."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An issue of the catalog, addressed by its key."""

    key: int
    decision: str
    number: int


@dataclass(frozen=True, slots=True)
class State:
    """Which catalog this is, at which of its changes, and whose vectors it holds: what a cache is made from."""

    generation: int
    token: str
    fingerprint: str | None


class Catalog:
    """An open catalog; reading never waits for the writer, and each thread reads through a connection of its own."""

    def __init__(self, folder: Path, *, create: bool = False, say: Callable[[str], None] = lambda line: None):
        self.folder, self.path, self._say = folder, folder / "catalog.sqlite", say
        self._connections: list[apsw.Connection] = []
        self._own = threading.local()
        if create:
            self._make_folder()
        elif not self.path.is_file():
            raise IndexUnusable(f"no index in {folder}; make one with: precedent ingest PATH --index {folder}")
        self._own.db = self._connect(create)
        self.decision = lru_cache(maxsize=4096)(self._decision)

    @property
    def _db(self) -> apsw.Connection:
        """This thread's connection."""
        if not hasattr(self._own, "db"):
            self._own.db = self._connect(create=False)
        return self._own.db

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise PrecedentError(
                f"{self.folder} cannot be made a folder for the index ({error.strerror}); choose another --index"
            ) from error

    def _connect(self, create: bool) -> apsw.Connection:
        try:
            with self._telling_damage():
                db = self._opened(create)
                self._check_schema(db, create)
        except apsw.CantOpenError as error:
            raise PrecedentError(f"{self.path} cannot be opened: {error}") from error
        except (apsw.FullError, apsw.IOError) as error:
            raise PrecedentError(_NO_SPACE.format(folder=self.folder, error=error)) from error
        db.execute("pragma foreign_keys = on; pragma secure_delete = on")
        return db

    def _opened(self, create: bool) -> apsw.Connection:
        """A connection to read and write, or where that cannot be had, for want of space or leave, only to read."""
        if create or self.writable:
            db = apsw.Connection(
                str(self.path), apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
            )
            db.set_busy_timeout(10_000)
            try:
                db.execute("pragma journal_mode = wal; pragma synchronous = full")
                schema.version_of(db)  # the first look needs room, too
                self._connections.append(db)
                return db
            except apsw.IOError:
                db.close()
                if create:
                    raise
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.exists():
            try:
                return self._reading("mode=ro")
            except apsw.IOError:  # not even room for a reader's marks
                if log.stat().st_size:
                    raise
        return self._reading("immutable=1")  # nobody has begun to change it

    @property
    def writable(self) -> bool:
        return os.access(self.folder, os.W_OK)

    def _reading(self, how: str) -> apsw.Connection:
        """A connection that only reads."""
        db = apsw.Connection(f"{self.path.resolve().as_uri()}?{how}", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            db.set_busy_timeout(10_000)
            schema.version_of(db)
        except apsw.Error:
            db.close()
            raise
        self._connections.append(db)
        return db

    def _check_schema(self, db: apsw.Connection, create: bool) -> None:
        version = schema.version_of(db)
        if not (version == 0 and create) and not schema.is_older(version, self.path):
            return
        if not self.writable:
            raise IndexUnusable(f"{self.path} has the older schema {version}; open it once where it can be written")
        with self.writing():
            if (version := schema.version_of(db)) == 0:
                schema.create(db)
            elif schema.is_older(version, self.path):
                kept = schema.migrate(db, self.path)
                self._say(f"{self.path} was brought up to date; as it was it is kept in {kept.name}")

    def close(self) -> None:
        for db in self._connections:
            db.close()

    # ---- what is there -------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        return self._value("select value from meta where key = ?", (key,))

    @property
    def generation(self) -> int:
        return self.state().generation

    @property
    def fingerprint(self) -> str | None:
        """The encoder that made the vectors."""
        return self.meta("fingerprint")

    def state(self) -> State:
        """What the catalog is now; equal states hold the same."""
        query = """select generation, hex(token), (select value from meta where key = 'fingerprint') from changes
                   order by generation desc limit 1"""
        return State(*next(self._ask(query), (0, "", None)))

    def descends_from(self, state: State) -> bool:
        """Is the state one this catalog went through, with the same encoder."""
        token = self._value("select hex(token) from changes where generation = ?", (state.generation,))
        return token == state.token and state.fingerprint == self.fingerprint

    def gone(self, since: int) -> list[int]:
        """Passages removed after a generation."""
        return [r[0] for r in self._ask("select passage from gone where generation > ? order by passage", (since,))]

    def counts(self) -> dict[str, int]:
        tables = ("decisions", "issues", "reasons", "passages", "vectors")
        return {name: self._value(f"select count(*) from {name}") for name in tables}

    def sources(self) -> dict[str, tuple[str, str]]:
        """path -> (decision id, SHA-256) of every file taken in."""
        return {path: (id_, sha) for path, id_, sha in self._ask("select path, id, sha256 from decisions")}

    def _decision(self, decision_id: str) -> Decision:
        query = "select record, record_sha256 from decisions where id = ?"
        record, seal = next(self._ask(query, (decision_id,)), (None, None))
        if record is None:
            raise PrecedentError(f"{decision_id} is not in {self.path}, or no longer; ask again")
        if _sha(record.encode()) != seal:
            raise IndexUnusable(f"{self.path} is damaged (the record of {decision_id} has changed); {_CURE}")
        with self._telling_damage(ValueError, KeyError, TypeError):
            return from_json(json.loads(record))

    def decision_ids(self) -> list[str]:
        """Every decision, in the order of their case numbers and names."""
        return [r[0] for r in self._ask("select id from decisions order by coalesce(case_number, source), source, id")]

    def find_decisions(self, name: str) -> list[str]:
        """Ids that an id, a case number or a file name stands for."""
        name = encodable(name)
        number = _IRO.sub("", name)  # "IRO-900104", "IRO 900104" and "900104" are one case
        query = """select id from decisions where id = :name
                   or lower(case_number) in (lower(:name), lower(:number), lower(:iro))
                   or lower(source) in (lower(:name), lower(:iro))
                   or source like :stem escape '\\' or source like :iro_stem escape '\\' order by id"""
        values = {"name": name, "number": number, "iro": f"IRO-{number}"}
        values |= {"stem": f"{_escaped(name)}.%", "iro_stem": f"IRO-{_escaped(number)}.%"}
        return [row[0] for row in self._ask(query, values)]

    def the_one(self, name: str) -> str:
        """The id of the one decision that a name stands for."""
        ids = self.find_decisions(name)
        if len(ids) == 1:
            return ids[0]
        many = f"{name} stands for {len(ids)} decisions: {', '.join(ids)}" if ids else f"{name} is not in {self.folder}"
        raise UsageError(f"{many}; use an id, a case number or a file name (precedent export --format csv lists them)")

    def issue(self, row: Row) -> Issue:
        return self.decision(row.decision).issues[row.number]

    def issues(self, filters: Iterable[Filter] = ()) -> list[Row]:
        """The issues that meet every filter, ordered by case number, file and place in the letter."""
        conditions, values = _where(filters)
        query = f"""select i.key, i.decision, i.number from issues i join {_LETTERS} on d.id = i.decision
                    where {conditions} order by coalesce(d.case_number, d.source), d.source, i.number"""
        return [Row(*row) for row in self._ask(query, values)]

    def tally(self, field: str, filters: Iterable[Filter] = ()) -> list[tuple[str, str, int]]:
        """(value, outcome, how many issues) for every value of a facet among the issues that meet the filters."""
        conditions, values = _where(filters)
        given: list[Any] = []
        if field in _COLUMNS:
            value, facet = _COLUMNS[field], ""
        elif field == "reason":
            value = "f.criterion || ':' || f.status"
            facet = "join reasons f on f.issue = i.key and f.voice = 'reviewer'"
        else:
            value, facet, given = "f.value", "join tags f on f.issue = i.key and f.kind = ?", [field]
        query = f"""select {value}, i.outcome, count(distinct i.key)
                    from issues i join {_LETTERS} on d.id = i.decision {facet}
                    where {conditions} and {value} is not null group by 1, 2 order by 1, 2"""
        return list(self._ask(query, [*given, *values]))

    def page(
        self, filters: Iterable[Filter], order: str, descending: bool, size: int, skip: int
    ) -> tuple[int, list[Row]]:
        """(how many issues meet the filters, one page of them in an order of `ORDERS`)."""
        conditions, values = _where(filters)
        inside = f"from issues i join {_LETTERS} on d.id = i.decision where {conditions}"
        down = " desc" if descending else ""
        query = f"""select i.key, i.decision, i.number {inside}
                    order by {ORDERS[order]}{down}, coalesce(d.case_number, d.source), d.source, i.number
                    limit ? offset ?"""
        count = self._value(f"select count(*) {inside}", values)
        return count, [Row(*row) for row in self._ask(query, [*values, size, skip])]

    def file_of(self, decision_id: str) -> Path:
        """Where the file of a decision stood when it was taken in."""
        return Path(self._value("select path from decisions where id = ?", (decision_id,)) or "")

    def passages(self, ids: Iterable[int] | None = None, after: int = 0) -> Iterator[tuple[int, int | None, Passage]]:
        """(passage id, issue key, passage): all of them, those asked for, or those after a number."""
        query = """select p.id, p.issue, p.decision, i.number, p.section, p.voice, p.start, p.stop, p.text
                   from passages p left join issues i on i.key = p.issue"""
        if ids is None:
            rows = self._ask(query + " where p.id > ? order by p.id", (after,))
        else:  # as one value: a query of the same words each time is compiled once
            wanted = json.dumps([*map(int, ids)])
            rows = self._ask(query + " where p.id in (select value from json_each(?)) order by p.id", (wanted,))
        with self._telling_damage(ValueError):
            for id_, key, decision, number, section, voice, start, stop, text in rows:
                yield id_, key, Passage(decision, number, section, Voice(voice), start, stop, text)

    def spoken_by(self, voice: Voice, decision: str) -> list[str]:
        """The passages of a letter in one voice."""
        query = "select text from passages where decision = ? and voice = ? order by start"
        return [row[0] for row in self._ask(query, (decision, voice))]

    def passage_ids(self, rows: Iterable[Row]) -> list[int]:
        """Ids of the passages that belong to the issues."""
        keys = ",".join(str(row.key) for row in rows)
        return [r[0] for r in self._ask(f"select id from passages where issue in ({keys}) order by id")]

    def passages_of(self, decisions: Iterable[str]) -> list[int]:
        """Ids of every passage of the letters, those of no one issue included."""
        wanted = list(decisions)
        marks = ",".join("?" * len(wanted))
        return [r[0] for r in self._ask(f"select id from passages where decision in ({marks}) order by id", wanted)]

    def held(self, decision_id: str) -> dict[str, Counter[tuple]]:
        """What each table says of a decision, issues by their number in the letter."""
        return {name: Counter(self._ask(query, (decision_id,))) for name, query in _OF_A_DECISION.items()}

    def vectors(self, dimension: int, after: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """(passage ids, their vectors) of the passages after a number, in the order of ids."""
        count = self.count_after(after)
        ids, matrix = np.empty(count, np.int64), np.empty((count, dimension), np.float32)
        query = "select p.id, v.vector from passages p join vectors v on v.hash = p.vector where p.id > ? order by p.id"
        rows, place, odd = self._ask(query, (after,)), 0, 0
        while some := list(islice(rows, min(10_000, count - place))):
            fit = [row for row in some if len(row[1]) == dimension * np.float32().nbytes]
            odd += len(some) - len(fit)
            here = slice(place, place + len(fit))
            ids[here] = [row[0] for row in fit]
            matrix[here] = np.frombuffer(b"".join(row[1] for row in fit), np.float32).reshape(len(fit), dimension)
            place += len(fit)
        if odd:
            raise IndexUnusable(f"{self.path}: {odd} vectors are not of {dimension} numbers; {_CURE}")
        return ids[:place], matrix[:place]

    def count_after(self, passage: int) -> int:
        return self._value("select count(*) from passages where id > ?", (passage,))

    def known_vectors(self, hashes: Iterable[bytes]) -> set[bytes]:
        return {h for h in hashes if self._value("select 1 from vectors where hash = ?", (h,))}

    def integrity(self) -> list[str]:
        """SQLite's own complaints, none if it is whole."""
        found = [row[0] for row in self._ask("pragma integrity_check") if row[0] != "ok"]
        found += [f"{row[0]}: a row refers to a missing {row[2]}" for row in self._ask("pragma foreign_key_check")]
        for id_, record, expected in self._ask("select id, record, record_sha256 from decisions"):
            if _sha(record.encode()) != expected:
                found.append(f"decision {id_}: its record does not match its hash")
        return found

    def _ask(self, query: str, values: Sequence[Any] | dict[str, Any] = ()) -> Iterator[tuple]:
        """The rows of a query; damage of the file can be met at any of them."""
        with self._telling_damage(UnicodeDecodeError):
            yield from self._db.execute(query, values)

    def _value(self, query: str, values: Sequence[Any] = ()) -> Any:
        """The first value of the first row, None if there is none."""
        return next(self._ask(query, values), (None,))[0]

    @contextlib.contextmanager
    def _telling_damage(self, *signs: type[Exception]) -> Iterator[None]:
        """SQLite's complaint of a damaged file, or another sign of it, as a sentence with its cure."""
        damage: tuple[type[BaseException], ...] = (apsw.NotADBError, apsw.CorruptError, *signs)
        try:
            yield
        except damage as error:
            raise IndexUnusable(f"{self.path} is damaged ({error}); {_CURE}") from error

    # ---- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self, patience: float | None = None) -> Iterator[None]:
        """The one writer's lock; a second writer hears who holds it."""
        with lock.writing(self.folder, patience):
            if not self.path.exists():
                raise PrecedentError(f"{self.folder} was removed meanwhile; run the command again")
            yield

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """What is read inside belongs to one moment, whoever writes."""
        with self._telling_damage(), self._db:
            yield

    def set_fingerprint(self, fingerprint: str) -> None:
        with self._transaction():
            self._db.execute("insert or replace into meta values ('fingerprint', ?)", (fingerprint,))

    def put(self, decision: Decision, path: str, passages: list[Passage], vectors: dict[bytes, np.ndarray]) -> None:
        """Take a decision in, replacing what the same file or the same content held before: all of it or nothing."""
        with self._transaction():
            unused = self._delete("path = ? or id = ?", (path, decision.id))
            record = json.dumps(to_json(decision), ensure_ascii=False)
            self._db.execute(
                "insert into decisions values (?,?,?,?,?,?,?,?,?,?)",
                (
                    decision.id,
                    decision.source,
                    path,
                    decision.sha256,
                    decision.jurisdiction,
                    decision.kind,
                    decision.case_number,
                    decision.dates.get("decision"),
                    record,
                    _sha(record.encode()),
                ),
            )
            keys: dict[int | None, int] = {issue.number: self._put_issue(decision, issue) for issue in decision.issues}
            for hash_, vector in vectors.items():
                self._db.execute(
                    "insert or ignore into vectors values (?,?)", (hash_, vector.astype(np.float32).tobytes())
                )
            self._db.executemany(
                "insert into passages values (?,?,?,?,?,?,?,?,?)",
                [
                    (id_, p.decision, keys.get(p.issue), p.section, p.voice, p.start, p.end, p.text, text_hash(p.text))
                    for id_, p in enumerate(passages, self._next_passage())
                ],
            )
            self._sweep(unused)

    def _next_passage(self) -> int:
        """A number no passage ever had."""
        return self._value(
            "select 1 + max(coalesce((select max(id) from passages), 0), coalesce((select max(passage) from gone), 0))"
        )

    def _put_issue(self, decision: Decision, issue: Issue) -> int:
        self._db.execute(
            "insert into issues (decision, number, service, outcome) values (?,?,?,?)",
            (decision.id, issue.number, issue.service, issue.outcome),
        )
        key = self._db.last_insert_rowid()
        self._db.executemany(
            "insert or ignore into tags values (?,?,?)",
            [(key, kind, value) for kind, value in tags_of(decision, issue)],
        )
        self._db.executemany(
            "insert into reasons values (?,?,?,?,?,?,?,?)",
            [
                (key, place, r.criterion, r.status, r.voice, r.start, r.end, r.reader)
                for place, r in enumerate(issue.reasons)
            ],
        )
        return key

    def move(self, decision_id: str, path: str, source: str) -> None:
        """The same content under another name."""
        record = to_json(self.decision(decision_id)) | {"source": source}
        text = json.dumps(record, ensure_ascii=False)
        with self._transaction():
            self._db.execute(
                "update decisions set path = ?, source = ?, record = ?, record_sha256 = ? where id = ?",
                (path, source, text, _sha(text.encode()), decision_id),
            )

    def remove(self, decision_ids: Iterable[str]) -> None:
        with self._transaction():
            for id_ in decision_ids:
                self._sweep(self._delete("id = ?", (id_,)))

    def _delete(self, which: str, values: Sequence[str]) -> list[tuple[bytes]]:
        """Delete decisions; the vectors they used are given back, to be swept when what replaces them is in."""
        chosen = f"from decisions where {which}"
        used = list(self._ask(f"select distinct vector from passages where decision in (select id {chosen})", values))
        self._db.execute(f"delete {chosen}", values)
        return used

    def _sweep(self, hashes: Iterable[tuple[bytes]]) -> None:
        """Forget those of the vectors that no passage uses any more."""
        query = "delete from vectors where hash = ?1 and not exists (select 1 from passages where vector = ?1)"
        self._db.executemany(query, hashes)

    def reencode(self, fingerprint: str, encode: Callable[[list[str]], np.ndarray], group: int = 4096) -> None:
        """Every vector anew by another encoder: all of them or none."""
        texts = self._ask("select vector, min(text) from passages group by vector")
        with self._transaction():
            while some := list(islice(texts, group)):
                vectors = encode([text for _, text in some])
                rows = [(v.astype(np.float32).tobytes(), h) for (h, _), v in zip(some, vectors, strict=True)]
                self._db.executemany("update vectors set vector = ? where hash = ?", rows)
            self._db.execute("insert or replace into meta values ('fingerprint', ?)", (fingerprint,))

    def shrink(self) -> None:
        """Leave nothing of what was removed in the files."""
        self._db.execute("pragma wal_checkpoint(truncate)")

    def together(self) -> contextlib.AbstractContextManager[None]:
        """Several changes as one: all of them or none."""
        return self._transaction()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE, and a new generation with whatever was changed; inside another it is a part of that."""
        if self._db.in_transaction:
            yield
            return
        try:
            with self._telling_damage():
                self._db.execute("begin immediate")
                yield
                self._db.execute("insert into changes default values")
                self._db.execute("commit")
        except (apsw.FullError, apsw.IOError) as error:
            self._rollback()
            raise PrecedentError(_NO_SPACE.format(folder=self.folder, error=error)) from error
        except apsw.ReadOnlyError as error:
            raise PrecedentError(
                f"{self.folder} cannot be written; make it writable or choose another --index"
            ) from error
        except BaseException:
            self._rollback()
            raise
        finally:
            self.decision.cache_clear()

    def _rollback(self) -> None:
        if self._db.in_transaction:
            with self._telling_damage():
                self._db.execute("rollback")


def text_hash(text: str) -> bytes:
    """What identifies a vector: the passage's words."""
    return hashlib.sha256(text.encode()).digest()[:16]


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def tags_of(decision: Decision, issue: Issue) -> Iterator[tuple[str, str]]:
    """The facets of an issue, its letter's included."""
    for kind, values in (
        ("treatment", issue.treatments),
        ("region", issue.regions),
        ("drug", issue.drugs),
        ("named", named_in(issue.service)),
        ("level", issue.levels),
        ("code", issue.codes),
        ("guideline", issue.guidelines.get("reviewer", ())),
        ("specialty", decision.reviewer.get("specialties", ())),
    ):
        yield from ((kind, value) for value in values)
    if issue.side:
        yield "side", issue.side


_COLUMNS = {
    "outcome": "i.outcome",
    "jurisdiction": "d.jurisdiction",
    "kind": "d.kind",
    "decision": "i.decision",
    "year": "substr(d.decided, 1, 4)",
}
# What a table of issues can be sorted by.
ORDERS = {
    "case": "coalesce(d.case_number, d.source)",
    "service": "i.service collate nocase",
    "outcome": "i.outcome",
    "decided": "d.decided",
    "jurisdiction": "d.jurisdiction",
}


def _escaped(text: str) -> str:
    """Text for `like`, its wildcards taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _where(filters: Iterable[Filter]) -> tuple[str, list[Any]]:
    """Filters as SQL; every value is a parameter."""
    parts = ["1"]
    values: list[Any] = []
    for one in filters:
        marks = ",".join("?" * len(one.values))
        if one.field in _COLUMNS:
            parts.append(f"{_COLUMNS[one.field]} in ({marks})")
            values += one.values
        elif one.field == "case":
            parts.append(f"lower(coalesce(d.case_number, '')) in ({marks})")
            values += [v.lower() for v in one.values]
        elif one.field == "service":
            tagged = "exists (select 1 from tags t where t.issue = i.key and t.kind = ? and t.value = ?)"
            parts.append("(" + " or ".join(tagged for _ in one.values) + ")")
            values += [part for value in one.values for part in value.split(":", 1)]
        elif one.field == "decided":
            parts.append("d.decided >= ? and d.decided < ?")
            values += one.values
        elif one.field == "reason":
            pairs = [value.partition(":") for value in one.values]
            either = " or ".join("(criterion = ? and (? = '' or status = ?))" for _ in pairs)
            parts.append(
                f"exists (select 1 from reasons r where r.issue = i.key and r.voice = 'reviewer' and ({either}))"
            )
            values += [part for criterion, _, status in pairs for part in (criterion, status, status)]
        else:
            parts.append(f"exists (select 1 from tags t where t.issue = i.key and t.kind = ? and t.value in ({marks}))")
            values += [one.field, *one.values]
    return " and ".join(parts), values
