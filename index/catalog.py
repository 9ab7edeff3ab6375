"""One SQLite file is the only truth: decisions, issues, reasons, passages, vectors; a decision is one transaction."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from corpus.decision import Decision, Issue, Passage, Voice, from_json, to_json
from corpus.terms import named_in
from index.errors import IndexUnusable, Locked, PrecedentError
from index.plain import encodable

SCHEMA = 1
_TABLES = """
create table meta (key text primary key, value text not null) without rowid;
create table decisions (
  id text primary key, source text not null, path text not null, sha256 text not null unique,
  jurisdiction text, kind text not null, case_number text, decided text,
  record text not null, record_sha256 text not null
) without rowid;
create table issues (
  key integer primary key, decision text not null references decisions on delete cascade, number integer not null,
  service text not null, outcome text not null, unique (decision, number)
);
create table tags (issue integer not null references issues on delete cascade, kind text not null, value text not null,
  primary key (issue, kind, value)) without rowid;
create index tags_by_value on tags (kind, value);
create table reasons (
  issue integer not null references issues on delete cascade, place integer not null, criterion text not null,
  status text not null, voice text not null, start integer not null, stop integer not null, primary key (issue, place)
) without rowid;
create index reasons_by_criterion on reasons (criterion, status);
create table passages (
  id integer primary key, decision text not null references decisions on delete cascade,
  issue integer references issues on delete cascade,
  section text not null, voice text not null, start integer not null, stop integer not null, text text not null,
  vector blob not null references vectors
);
create index passages_by_decision on passages (decision);
create index passages_by_issue on passages (issue);
create index passages_by_vector on passages (vector);
create table vectors (hash blob primary key, vector blob not null) without rowid;
"""
# What `Catalog.held` reads; `index.verify` compares it with what the decision's record gives.
_OF_A_DECISION = {
    "decisions": "select source, sha256, jurisdiction, kind, case_number, decided from decisions where id = ?",
    "issues": "select number, service, outcome from issues where decision = ?",
    "tags": "select i.number, t.kind, t.value from tags t join issues i on i.key = t.issue where i.decision = ?",
    "reasons": """select i.number, r.place, r.criterion, r.status, r.voice, r.start, r.stop
                  from reasons r join issues i on i.key = r.issue where i.decision = ?""",
    "passages": """select i.number, p.section, p.voice, p.start, p.stop, p.vector
                   from passages p left join issues i on i.key = p.issue where p.decision = ?""",
}
_CURE = "restore a copy, or ingest the documents into a new folder"
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


class Catalog:
    """An open catalog; reading never waits for the writer."""

    def __init__(self, folder: Path, *, create: bool = False):
        self.folder, self.path = folder, folder / "catalog.sqlite"
        if create:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        elif not self.path.is_file():
            raise IndexUnusable(f"no index in {folder}; make one with: precedent ingest PATH --index {folder}")
        self._db = self._connect(create)
        self.decision = lru_cache(maxsize=4096)(self._decision)

    def _connect(self, create: bool) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
        try:
            with self._telling_damage():
                return self._opened(create, flags)
        except apsw.CantOpenError as error:
            raise PrecedentError(f"{self.path} cannot be opened: {error}") from error

    def _opened(self, create: bool, flags: int) -> apsw.Connection:
        if not create and not os.access(self.folder, os.W_OK):
            uri = f"{self.path.resolve().as_uri()}?immutable=1"
            db = apsw.Connection(uri, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        else:
            db = apsw.Connection(str(self.path), flags=flags)
            db.execute("pragma journal_mode = wal; pragma synchronous = full")
        db.set_busy_timeout(10_000)
        db.execute("pragma foreign_keys = on")
        self._check_schema(db, create)
        return db

    def _check_schema(self, db: apsw.Connection, create: bool) -> None:
        version = db.execute("pragma user_version").get
        if version == 0 and create:
            with db:
                db.execute(_TABLES)
                db.execute(f"pragma user_version = {SCHEMA}")
        elif version != SCHEMA:
            known = "newer than this program" if version > SCHEMA else "not a catalog this program can read"
            raise IndexUnusable(
                f"{self.path} has schema {version}, {known} (schema {SCHEMA}); "
                "update precedent or choose another --index"
            )

    def close(self) -> None:
        self._db.close()

    # ---- what is there -------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str | None:
        return self._value("select value from meta where key = ?", (key,))

    @property
    def generation(self) -> int:
        with self._telling_damage(ValueError):
            return int(self.meta("generation") or 0)

    @property
    def fingerprint(self) -> str | None:
        """The encoder that made the vectors."""
        return self.meta("fingerprint")

    def counts(self) -> dict[str, int]:
        tables = ("decisions", "issues", "reasons", "passages", "vectors")
        return {name: self._value(f"select count(*) from {name}") for name in tables}

    def sources(self) -> dict[str, tuple[str, str]]:
        """path -> (decision id, SHA-256) of every file taken in."""
        return {path: (id_, sha) for path, id_, sha in self._ask("select path, id, sha256 from decisions")}

    def _decision(self, decision_id: str) -> Decision:
        record = self._value("select record from decisions where id = ?", (decision_id,))
        if record is None:
            raise PrecedentError(f"{decision_id} is not in {self.path}, or no longer; ask again")
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

    def issue(self, row: Row) -> Issue:
        return self.decision(row.decision).issues[row.number]

    def row(self, key: int) -> Row:
        for found in self._ask("select key, decision, number from issues where key = ?", (key,)):
            return Row(*found)
        raise PrecedentError(f"an issue that was found is not in {self.path}, or no longer; ask again")

    def issues(self, filters: Iterable[Filter] = ()) -> list[Row]:
        """The issues that meet every filter, ordered by case number, file and place in the letter."""
        conditions, values = _where(filters)
        query = f"""select i.key, i.decision, i.number from issues i join decisions d on d.id = i.decision
                    where {conditions} order by coalesce(d.case_number, d.source), d.source, i.number"""
        return [Row(*row) for row in self._ask(query, values)]

    def passages(self, ids: Iterable[int] | None = None) -> Iterator[tuple[int, int | None, Passage]]:
        """(passage id, issue key, passage): all of them, or those asked for."""
        query = """select p.id, p.issue, p.decision, i.number, p.section, p.voice, p.start, p.stop, p.text
                   from passages p left join issues i on i.key = p.issue"""
        if ids is not None:
            marks = ",".join(str(int(n)) for n in ids)
            query += f" where p.id in ({marks})"
        with self._telling_damage(ValueError):
            for id_, key, decision, number, section, voice, start, stop, text in self._ask(query + " order by p.id"):
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

    def vectors(self, dimension: int) -> tuple[np.ndarray, np.ndarray]:
        """(passage ids, their vectors), in the order of ids."""
        rows = list(
            self._ask("select p.id, v.vector from passages p join vectors v on v.hash = p.vector order by p.id")
        )
        if odd := sum(len(row[1]) != dimension * np.float32().nbytes for row in rows):
            raise IndexUnusable(f"{self.path}: {odd} vectors are not of {dimension} numbers; {_CURE}")
        ids = np.array([row[0] for row in rows], np.int64)
        matrix = np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), dimension)
        return ids, matrix

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
    def writing(self) -> Iterator[None]:
        """The one writer's lock; a second writer hears who holds it."""
        import fcntl

        with open(self.folder / "writer.lock", "a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise Locked(
                    f"{self.folder} is being written by process {lock.read().strip() or '?'}; wait for it or stop it"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def set_fingerprint(self, fingerprint: str) -> None:
        with self._transaction():
            self._db.execute("insert or replace into meta values ('fingerprint', ?)", (fingerprint,))

    def put(self, decision: Decision, path: str, passages: list[Passage], vectors: dict[bytes, np.ndarray]) -> None:
        """Take a decision in, replacing what the same file or the same content held before: all of it or nothing."""
        with self._transaction():
            self._db.execute("delete from decisions where path = ? or id = ?", (path, decision.id))
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
                """insert into passages (decision, issue, section, voice, start, stop, text, vector)
                   values (?,?,?,?,?,?,?,?)""",
                [
                    (p.decision, keys.get(p.issue), p.section, p.voice, p.start, p.end, p.text, text_hash(p.text))
                    for p in passages
                ],
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
            "insert into reasons values (?,?,?,?,?,?,?)",
            [(key, place, r.criterion, r.status, r.voice, r.start, r.end) for place, r in enumerate(issue.reasons)],
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
            self._db.executemany("delete from decisions where id = ?", [(d,) for d in decision_ids])

    def sweep(self) -> None:
        """Forget vectors that no passage uses any more."""
        with self._transaction():
            self._db.execute("delete from vectors where hash not in (select vector from passages)")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """BEGIN IMMEDIATE, and a new generation with whatever was changed."""
        try:
            with self._telling_damage():
                self._db.execute("begin immediate")
                yield
                self._db.execute("insert or replace into meta values ('generation', ?)", (str(self.generation + 1),))
                self._db.execute("commit")
        except apsw.FullError as error:
            self._rollback()
            raise PrecedentError(
                f"no space left in {self.folder}; free some and run the command again, what was added before is safe"
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


_COLUMNS = {"outcome": "i.outcome", "jurisdiction": "d.jurisdiction", "kind": "d.kind", "decision": "i.decision"}


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
