"""The catalog's tables, their version, and the way from every older version to this one, with a copy kept."""

from __future__ import annotations

from pathlib import Path

import apsw

from index.errors import IndexUnusable, PrecedentError

SCHEMA = 4
# What caches follow the catalog by. A generation is a committed change; its token tells two histories apart that
# counted alike (a restored copy). A passage's number is never given twice, so a cache knows what is new to it by the
# highest number it holds, and what it must no longer show by the rows of `gone`.
_HISTORY = """
create index decisions_by_path on decisions (path, sha256);
create table changes (generation integer primary key, token blob not null default (randomblob(8)));
create table gone (passage integer primary key, generation integer not null);
create index gone_by_generation on gone (generation);
create trigger passage_gone after delete on passages begin
  insert into gone values (old.id, 1 + (select coalesce(max(generation), 0) from changes));
end;
"""
# What facets, filters and orders need of a letter, without the pages of its record: counting facets is 40 times faster.
_FACTS = "create index decisions_facts on decisions (id, jurisdiction, kind, decided, case_number, source);"
_TABLES = (
    """
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
  status text not null, voice text not null, start integer not null, stop integer not null,
  reader text not null default 'built-in', primary key (issue, place)
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
    + _HISTORY
    + _FACTS
)
# version -> what makes it the next one
_STEPS = {
    1: _HISTORY
    + """
insert into changes (generation) select value + 0 from meta where key = 'generation';
delete from meta where key = 'generation';
""",
    2: "alter table reasons add column reader text not null default 'built-in';",
    3: _FACTS,
}


def create(db: apsw.Connection) -> None:
    """The tables in an empty file."""
    with db:
        db.execute(_TABLES)
        db.execute(f"pragma user_version = {SCHEMA}")


def version_of(db: apsw.Connection) -> int:
    return int(db.execute("pragma user_version").get)


def is_older(version: int, path: Path) -> bool:
    """Must the file be migrated; versions nobody knows are refused, the file untouched."""
    if version == SCHEMA or version in _STEPS:
        return version != SCHEMA
    known = "newer than this program" if version > SCHEMA else "not a catalog this program can read"
    raise IndexUnusable(
        f"{path} has schema {version}, {known} (schema {SCHEMA}); update precedent or choose another --index"
    )


def migrate(db: apsw.Connection, path: Path) -> Path:
    """Bring an older file up to date in one transaction, after keeping a copy beside it; the copy's path."""
    version = version_of(db)
    kept = path.with_name(f"{path.stem}.schema-{version}{path.suffix}")
    aside = kept.with_suffix(".new")
    try:
        aside.unlink(missing_ok=True)
        db.execute("vacuum into ?", (str(aside),))
        aside.replace(kept)
        with db:
            for step in range(version, SCHEMA):
                db.execute(_STEPS[step])
            db.execute(f"pragma user_version = {SCHEMA}")
    except (OSError, apsw.FullError, apsw.IOError, apsw.ReadOnlyError) as error:
        raise PrecedentError(
            f"{path} has the older schema {version} and could not be brought up to date ({error}); it is as it was"
        ) from error
    return kept
