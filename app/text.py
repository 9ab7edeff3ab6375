"""Answers, decisions and statistics as a person reads them in a terminal."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any

from app.cited import PLAIN, Answer, Citation, Result
from app.labels import condition_label, fact_words, value_label
from corpus.cues import Mention, compile_cues, heard, mentions, tables
from corpus.cues import label as criterion_label
from corpus.decision import Decision, Flag, Issue, Outcome, Source
from corpus.roles import Role, role_of
from corpus.sentences import squeeze
from corpus.terms import label
from index.catalog import Catalog

if TYPE_CHECKING:
    from app.check import Report
    from app.likeness import Shared
    from app.precedents import Contrast, Gap, Precedents, Rate, Said

_WIDTH = 100
_SHOWN = 12  # near misses, marks and matches printed; the rest is in --json


def as_text(answer: Answer) -> str:
    lines: list[str] = []
    if answer.interpretation:
        read = ", ".join(f"{p['field']} = {p['value']} (“{p['from']}”)" for p in answer.interpretation)
        lines += _wrap(f"Understood as {answer.intent}: {read}"), ""
    if answer.abstained:
        lines += [_wrap(f"No answer ({answer.abstained}). {answer.because}")]
    lines += [_wrap(f"Note: {notice}") for notice in answer.notices]
    for p in answer.proposals:
        lines.append(_wrap(f"Perhaps “{p['from']}” means {p['field']} {p['value']}: --with {p['field']}={p['value']}"))
    for one in answer.relaxations:
        undo = " ".join(f"--without {one['field']}={value}" for value in one["values"])
        lines.append(f"  {undo}: {one['count']} issue{'s' * (one['count'] != 1)}")
    for sentence in answer.answer:
        lines += [_wrap(f"{sentence.text} {_marks(sentence.citations)}")]
    lines += _citation_lines(answer)
    if answer.excluded:
        told = [
            f"{e['case_number'] or e['source']} issue {e['issue'] + 1} ({e['why']})" for e in answer.excluded[:_SHOWN]
        ]
        more = f" and {len(answer.excluded) - _SHOWN} more" if len(answer.excluded) > _SHOWN else ""
        lines += ["", _wrap(f"Left out: {'; '.join(told)}{more}")]
    return "\n".join(lines)


def precedents_as_text(found: Precedents) -> str:
    """The case as read, the twins, the ranking with its whys, the contrast, the gaps, the rates, then the citations."""
    answer = found.answer
    lines = ["The case, as read (undo with --without FIELD=VALUE, add with --with FIELD=VALUE):"]
    for field in dict.fromkeys(f.field for f in found.facts):
        values = [f"{value_label(f.field, f.value)} (“{squeeze(f.words)}”)" for f in found.facts if f.field == field]
        lines.append(_wrap(f"{field}: {'; '.join(values)}", "  "))
    if answer.abstained:
        return "\n".join([*lines, "", _wrap(f"No answer ({answer.abstained}). {answer.because}")])
    lines += ["", answer.answer[0].text]
    for match in found.matches[:_SHOWN]:
        lines += ["", _wrap(f"{_headline(match.result)} {_marks(match.result.citations)}")]
        lines.append(_wrap(f"alike in {'; '.join(_why(s) for s in match.why)}", "    "))
    lines += ["", *_contrast_lines(found.contrast), *_gap_lines(found.gaps), *_rate_lines(found.rates), ""]
    lines += [_wrap(found.sample), *_citation_lines(answer)]
    return "\n".join(lines)


def report_as_text(report: Report) -> str:
    """What of a draft needs a second look, each with why, then how much was right."""
    lines = []
    for one in report.problems:
        lines += [_wrap(f"p. {one.page}: {one.kind} {one.status} — {squeeze(one.words)}"), _wrap(one.why, "    ")]
        lines += [_wrap(f"“{stored}” → “{draft}”", "    ") for stored, draft in one.difference]
        lines += [f"    {one.reference}"] if one.reference else []
    noted = [one for one in report.checked if one not in report.problems and one.why]
    for one in noted:
        lines += [_wrap(f"p. {one.page}: note on “{squeeze(one.words)}”"), _wrap(one.why, "    ")]
    right = len(report.checked) - len(report.problems)
    return "\n".join(
        [*lines, f"{len(report.checked)} claims checked: {right} right, {len(report.problems)} to look at"]
    )


def _headline(result: Result) -> str:
    twin = " [the pasted case itself: left out of everything below]" if result.found_by == "twin" else ""
    where = result.case_number or result.source
    return f"{where}, issue {result.issue + 1}: {result.service} — {PLAIN[result.outcome]}{twin}"


def _why(shared: Shared) -> str:
    told = ", ".join(value_label(shared.field, v) for v in shared.values)
    return f"{shared.field} ({told})" if told else shared.field


def _contrast_lines(contrast: Contrast | None) -> list[str]:
    if contrast is None:
        return ["No contrast: the index does not hold both an upheld and an overturned decision of this kind."]
    lines = [
        _wrap(f"Nearest overturned: {_headline(contrast.overturned.result)}"),
        _wrap(f"Nearest upheld: {_headline(contrast.upheld.result)}"),
        "They part on:" if contrast.differences else "They part on nothing this program could read.",
    ]
    for d in contrast.differences:
        sides = [f"{name} {_said(said)}" for name, said in (("overturned:", d.overturned), ("upheld:", d.upheld))]
        yours = ", ".join(map(fact_words, d.case)) or "says nothing"
        lines.append(_wrap(f"{d.label} — {'; '.join(sides)}; your case: {yours}", "  "))
    return [*lines, ""]


def _said(said: Said | None) -> str:
    if said is None:
        return "says nothing"
    return f"{said.status}{'' if said.decisive else ' (in its history only)'} [{said.citation}]"


def _gap_lines(gaps: tuple[Gap, ...]) -> list[str]:
    if not gaps:
        return []
    lines = ["The case says nothing on:"]
    for gap in gaps:
        raised = "; the denial raises it" if gap.raised else ""
        told = f"{gap.label} — a reason in {gap.decided} of {gap.of} issues of this treatment{raised}"
        lines.append(_wrap(f"{told} {_marks(gap.citations)}", "  "))
    return [*lines, ""]


def _rate_lines(rates: tuple[Rate, ...]) -> list[str]:
    lines = ["How often overturned:"] if rates else []
    for rate in rates:
        what = " × ".join(f"{field} {condition_label(field, value)}" for field, value in rate.conditions)
        mixed = f" and {rate.mixed} in part" if rate.mixed else ""
        told = (
            f"{what}: {rate.overturned} of {rate.of}{mixed}, in {rate.letters} letter{'s' if rate.letters > 1 else ''}"
        )
        if rate.share is not None:
            told += f" ({rate.share:.0%}; 95 % interval {rate.low:.0%} to {rate.high:.0%})"
        lines.append(_wrap(told, "  "))
    return lines


def _marks(numbers: tuple[int, ...]) -> str:
    return "".join(f"[{n}]" for n in numbers[:_SHOWN])


def _file(citation: Citation) -> str:
    """The file, where the source masks the number by which a letter is found."""
    return "" if citation.case_number else f", {citation.source}"


def _citation_lines(answer: Answer) -> list[str]:
    lines = []
    for c in answer.citations:
        lines += ["", f"[{c.n}] {c.reference} — {c.voice}{_file(c)}", _wrap(f"“{squeeze(c.quote)}”", "    ")]
    return lines


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent or "  ")


def decision_as_text(decision: Decision) -> str:
    """The record: the letter's facts, then each issue with its outcome, sources, ledger and flags."""
    known = {
        "decided": _fact(decision, "dates.decision", decision.dates.get("decision")),
        "injury": _fact(decision, "dates.injury", decision.dates.get("injury")),
        "denied": _fact(decision, "dates.ur_denial", decision.dates.get("ur_denial")),
        "specialty": _fact(decision, "specialty", ", ".join(decision.reviewer.get("specialties", []))),
        "patient": _fact(decision, "patient.age", _patient(decision)),
    }
    facts = "; ".join(f"{name}: {value}" for name, value in known.items())
    case = _fact(decision, "case_number", decision.case_number)
    place = decision.jurisdiction or "jurisdiction unknown"
    lines = [_wrap(f"Case {case} ({decision.source}), {place}. {facts[0].upper()}{facts[1:]}")]
    for issue in decision.issues:
        lines += ["", *_issue_lines(decision, issue)]
    lines += [line for flag in decision.flags if flag.issue is None for line in ("", *_flag_lines(decision, flag))]
    lines += [f"\nnote: {w}" for w in decision.warnings]
    return "\n".join(lines)


def _fact(decision: Decision, name: str, value: str | None) -> str:
    """A value; where there is none, whether the source took it out or never had it."""
    return value or ("redacted in source" if name in decision.redacted else "not stated")


def _patient(decision: Decision) -> str:
    age, sex = decision.patient.get("age"), decision.patient.get("sex")
    return ", ".join(filter(None, (f"{age} years" if age is not None else None, sex)))


def _issue_lines(decision: Decision, issue: Issue) -> list[str]:
    tags = [label("treatment", t) for t in issue.treatments]
    tags += [*issue.regions, *issue.levels, *([issue.side] if issue.side else []), *issue.codes]
    lines = [f"Issue {issue.number + 1}: {issue.service} — {PLAIN[issue.outcome]}", f"  {', '.join(tags)}"]
    for by in ("administrator", "reviewer"):
        cited = [_cited(source) for source in issue.sources if source.by == by]
        if cited:
            lines.append(_wrap(f"{by} cites {'; '.join(dict.fromkeys(cited))}", "  "))
    lines += _ledger_lines(decision, issue)
    return lines + [line for f in decision.flags if f.issue == issue.number for line in _flag_lines(decision, f)]


def _ledger_lines(decision: Decision, issue: Issue) -> list[str]:
    """Each sentence that gives reasons once: its page, its reasons, its words."""
    if not issue.reasons:
        return ["  no reason could be read"]
    readers = ", ".join(dict.fromkeys(r.reader for r in issue.reasons))
    by_span: dict[tuple[int, int], list[str]] = {}
    for r in issue.reasons:
        by_span.setdefault((r.start, r.end), []).append(f"{criterion_label(r.criterion)}: {r.status}")
    lines = [f"  reasons, as read by: {readers}"]
    for (start, end), given in by_span.items():
        lines.append(_wrap(f"p. {decision.page_of(start)}  {'; '.join(given)}", "  "))
        lines.append(_wrap(f"“{squeeze(decision.quote(start, end))}”", "        "))
    return lines


def _cited(source: Source) -> str:
    """'ODG, Low Back, page 303'."""
    pages = f"page{'s' if len(source.pages) > 1 else ''} {', '.join(source.pages)}" if source.pages else None
    return ", ".join(filter(None, (source.guideline, source.chapter, pages)))


def _flag_lines(decision: Decision, flag: Flag) -> list[str]:
    quotes = [_wrap(f"“{squeeze(decision.quote(*span))}”", "      ") for span in flag.spans]
    return [_wrap(f"possible mistake of fact ({flag.kind}): {flag.said}", "  "), *quotes]


def stats_of(catalog: Catalog) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    ledger: Counter[tuple[str, str, str]] = Counter()
    for row in catalog.issues():
        issue = catalog.issue(row)
        outcomes[issue.outcome] += 1
        ledger.update((r.criterion, r.status, str(issue.outcome)) for r in issue.reasons)
    rows = [{"criterion": c, "status": s, "outcome": o, "issues": n} for (c, s, o), n in sorted(ledger.items())]
    return {**catalog.counts(), "outcomes": dict(outcomes), "ledger": rows}


def ledger_table(found: dict[str, Any]) -> str:
    """Counts, then criterion × status, a column an outcome."""
    counts = ", ".join(f"{found[name]} {name}" for name in ("decisions", "issues", "reasons", "passages"))
    outcomes = ", ".join(f"{n} {PLAIN[Outcome(o)]}" for o, n in found["outcomes"].items())
    columns = [str(o) for o in Outcome if found["outcomes"].get(o)]
    cells = {(r["criterion"], r["status"], r["outcome"]): r["issues"] for r in found["ledger"]}
    rows = [("criterion", "status", columns, "all")]
    for criterion, status in dict.fromkeys(key[:2] for key in cells):
        numbers = [cells.get((criterion, status, o), 0) for o in columns]
        rows.append((criterion, status, [str(n or "·") for n in numbers], str(sum(numbers))))
    table = [f"{c:<24}{s:<9}" + "".join(f"{n:>12}" for n in ns) + f"{a:>8}" for c, s, ns, a in rows]
    return "\n".join([counts, outcomes, "", *table])


_ROLES = {
    Role.FINDING: "the reviewer's finding about this case",
    Role.RECITAL: "a guideline or a general rule, recited",
    Role.FACT: "a fact retold",
    Role.REVIEW: "utilization review, retold",
    Role.PROVIDER: "the provider's opinion, retold",
    Role.CONCESSION: "a concession to the losing side",
    Role.CONCLUSION: "the conclusion",
}


def cues_as_text(sentence: str) -> str:
    """Which cues of `cues.toml` fire: those of who speaks, then each criterion with its polarity."""
    role = role_of(sentence)
    lines = [f"role: {role} ({_ROLES[role]})"]
    for name in tables()["roles"]:
        if fired := heard(name, sentence):
            lines.append(f"  the {name} cues fire on “{fired.group(0)}”")
    found = mentions(sentence)
    for m in found:
        polarity = "denied" if m.negated else "affirmed"
        lines.append(f"{m.criterion}: {polarity} ({criterion_label(m.criterion)})")
        lines.append(f"  the cue {_cue_of(m, sentence)} fires on “{sentence[m.start : m.end]}”")
    return "\n".join(lines if found else [*lines, "no criterion is named"])


def _cue_of(mention: Mention, sentence: str) -> str:
    """The entry of `cues.toml` that a mention was found by."""
    cues = tables()["criterion"][mention.criterion]["cues"]
    spans = ((cue, compile_cues([cue]).match(sentence, mention.start)) for cue in cues)
    return next(repr(cue) for cue, match in spans if match and match.end() == mention.end)
