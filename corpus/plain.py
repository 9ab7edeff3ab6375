"""Letters of no known form -> Decision: a section per heading found, services and verdicts where they are plain."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.decision import Decision, Issue, Outcome, Section, Span, Voice
from corpus.layout import dates_in, patient, service_name
from corpus.read import Document
from corpus.sentences import sentences, squeeze, trim
from corpus.services import Verdict, arguments_in, said_of, services_in
from corpus.terms import credentials, guidelines_in, regions_in, tag_service, treatments_in
from corpus.verdict import SAID, verdict_in_prose, verdict_of, verdicts_by_clause, without_pasted

_HEADING = re.compile(
    r"(?m)^[^\S\n]*(?:\d{1,2}[.)]\s+)?([A-Z][A-Za-z’'&,/ ()-]{2,70})"
    r"(?::[^\S\n]*$|\.(?=\s+[A-Z“\"])|[^\S\n]*$(?<=[A-Z]{4}))"
)
# What asks, on the line of its label or under it.
_ASKED = (
    r"(?:(?:disputed|requested)\s+(?:services?|procedures?|treatments?|items?)|(?:services?|treatments?|procedures?|items?"
    r"|requests?|issues?|what\s+was\s+asked\s+for|disputed)(?:\(s\))?"
    r"(?:\s+(?:in\s+dispute|in\s+question|requested|at\s+issue|denied|under\s+review))?)"
)
# The text under a label goes on until a blank line or the next heading.
_UNDER = r"\S.*(?:\n(?![^\S\n]*(?:$|[A-Z ]{4,}[:\n])).*)*"
_SERVICE = re.compile(
    rf"(?im)^[^\S\n]*(?:\d{{1,2}}[.)]\s+)?{_ASKED}[^\S\n]*(?::[^\S\n]*(\S.*)|:?[^\S\n]*\n\s*({_UNDER}))$"
)
_CASES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(CM\d\d-\d{7})\b",
        r"\b(?:case|claim|reference|file)\s*(?:no\.?|number|#)\s*:\s*([A-Z]{0,4}-?\d[\w-]{2,})",
        r"\b(?:IRO|IMR|case|file|assignment|reference|matter)\s*(?:case|file)?\s*(?:no\.?|number|#)?\s*:?\s*"
        r"([A-Z]{0,4}-?\d[\w-]{3,})\b(?!/)",
    )
)
_STATES = (
    ("CA", re.compile(r"\bCM\d\d-\d{7}\b|\bIMR\b|California")),
    ("TX", re.compile(r"\bIRO\b|\bTDI\b|Texas")),
)
_RULE = re.compile(r"polic|guideline|criteria", re.IGNORECASE)
_STORY = re.compile(r"happened|history|facts|background|summary|records|case$|story|shows", re.IGNORECASE)
_ARGUMENT = re.compile(
    r"rationale|reason|decided|decision|analysis|opinion|discussion|conclusion|determination|found|thinking|ruling"
    r"|outcome|basis|explanation",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?im)(?:^|\n)[^\S\n]*(?:\d{1,2}[.)]\s+)?(?:(?:the\s+)?(?:final\s+|reviewer['’]s\s+)?(?:determination|decision|outcome"
    r"|result|ruling|finding|answer|conclusion|disposition|uphold\s*/\s*overturn)s?(?:\s+of\s+(?:the\s+|our\s+)?review)?)\s*[:.–-]+\s*"
    rf"({SAID}|yes|no)(?=[\s.,;]|$)"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A disputed service where it is named, the passages about it, and the verdict that stands beside its name."""

    service: Span
    bodies: tuple[Span, ...]
    verdict: Verdict | None = None


def parse(document: Document) -> Decision:
    text = document.text
    sections = _sections(text)
    parts = _parts(text, sections)
    several = len(parts) > 1
    names = [service_name(text[slice(*part.service)]) for part in parts]
    verdicts = _verdicts(text, parts, names) if several else [_only_verdict(text, parts[0])]
    arguments = _arguments(text, sections, parts, names)
    issues = tuple(
        Issue(
            n,
            name,
            *part.service,
            *verdict,
            rationale,
            guidelines={"administrator": [], "reviewer": guidelines_in(text[slice(*rationale)])},
            **tag_service(name, text, [other for other in names if other != name]),
        )
        for n, (name, part, verdict, rationale) in enumerate(zip(names, parts, verdicts, arguments, strict=True))
    )
    unclear = any(issue.outcome is Outcome.UNCLEAR for issue in issues)
    state = next((state for state, words in _STATES if words.search(text[:3000])), None)
    case = next((match for pattern in _CASES if (match := pattern.search(text))), None)
    return Decision(
        id=document.sha256[:12],
        source=document.source,
        sha256=document.sha256,
        text=text,
        pages=document.pages,
        jurisdiction=state,
        kind="letter",
        case_number=case.group(1) if case else None,
        dates=dates_in(text),
        reviewer=credentials(text),
        patient=patient(text),
        sections=tuple(sections),
        issues=issues,
        warnings=(
            *document.warnings,
            f"no known form: read as {len(issues)} services" if several else "no known form: read as one service",
            *(("the outcome is not stated plainly",) if unclear else ()),
        ),
    )


def _sections(text: str) -> list[Section]:
    heads = [m for m in _HEADING.finditer(text) if len(m.group(1).split()) <= (6 if m.group(0).endswith(".") else 9)]
    bounds = [0] + [m.start() for m in heads] + [len(text)]
    names = [""] + [squeeze(m.group(1)) for m in heads]
    pairs = zip(names, bounds, bounds[1:], strict=False)
    return [Section("body", name, a, b, _voice(name)) for name, a, b in pairs if a < b]


def _voice(heading: str) -> Voice:
    if _RULE.search(heading):
        return Voice.GUIDELINE
    if _STORY.search(heading):
        return Voice.HISTORY
    return Voice.REVIEWER if _ARGUMENT.search(heading) else Voice.UNKNOWN


def _parts(text: str, sections: list[Section]) -> list[_Part]:
    """The services, by the plainest way the letter tells them apart; else the one it names."""
    ways = (
        _rows(text),
        _announced(text),
        _repeated(text),
        _listed(text, sections),
        _labelled(text),
        _concluded(text, sections),
    )
    return next((parts for parts in ways if len(parts) > 1), None) or [_Part(_service(text), ())]


_ROW = re.compile(rf"(?im)^[^\S\n]*(\S[^\n|]*?)\s*\|\s*({SAID})\s*(?:\||$)[^\n]*")


def _rows(text: str) -> list[_Part]:
    """A table: the service, its verdict, why."""
    rows = (m for m in _ROW.finditer(text) if treatments_in(m.group(1)))
    return [_Part(m.span(1), (m.span(),), (verdict_of(m.group(2)), m.span(2))) for m in rows]


def _repeated(text: str) -> list[_Part]:
    """A label before each service, and what is said of it behind: 'Disputed item: … Decision: … Reason: …'."""
    labels = [(m.start(), m.span(1 if m.group(1) else 2)) for m in _SERVICE.finditer(text)]
    labels = [(at, trim(text, *span)) for at, span in labels if treatments_in(text[slice(*span)])]
    ends = [at for at, _ in labels[1:]] + [len(text)] * bool(labels)
    return [_Part(span, (trim(text, span[1], end),)) for (_, span), end in zip(labels, ends, strict=True)]


_ANNOUNCED = re.compile(rf"(?im)^[^\S\n]*({SAID})\s*[-–—:]+\s*(\S[^\n]*)$")


def _announced(text: str) -> list[_Part]:
    """Verdicts that stand before their services: 'UPHELD - Norco'."""
    heads = [m for m in _ANNOUNCED.finditer(text) if treatments_in(m.group(2))]
    ends = [m.start() for m in heads[1:]] + [len(text)] * bool(heads)
    return [
        _Part(m.span(2), (trim(text, m.end(), end),), (verdict_of(m.group(1)), m.span(1)))
        for m, end in zip(heads, ends, strict=True)
    ]


_MARK = re.compile(
    r"(?:^|\n)[^\S\n]*(?:question|issue|item|request|service|treatment|dispute)s?(?:[^\S\n]+in[^\S\n]+dispute)?[^\S\n]*"
    r"(?:#|no\.?)?[^\S\n]*(?P<named>\d{1,2}|[a-h])(?:\s+of\s+\d{1,2})?[).:]?(?=\s)"
    r"|(?:^|\n|[.?!] )[^\S\n]*(?P<ordinal>first|second|third|fourth|fifth)(?:ly)?,(?=\s)"
    r"|(?:(?:^|\n)[^\S\n]*|(?<=[;:,] ))(?P<open>\()?(?P<mark>\d{1,2}|[a-h])(?(open)\)|[).:])(?=\s)"
    r"|(?:^|\n)[^\S\n]*(?P<bullet>[-–•*●▪])[^\S\n]+(?=\S)",
    re.IGNORECASE,
)


_ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5"}


def _runs(text: str, sections: list[Section]) -> list[list[Span]]:
    """Every list of the letter as the spans of its entries; the last entry ends where its section does."""
    runs: list[tuple[str, list[re.Match[str]]]] = []
    for mark in _MARK.finditer(text):
        word = (mark["named"] or mark["mark"] or _ORDINALS.get((mark["ordinal"] or "").lower(), "")).lower()
        style = (
            "ordinal" if mark["ordinal"] else "bullet" if mark["bullet"] else "digit" if word.isdigit() else "letter"
        )
        place = 0 if mark["bullet"] else int(word) if word.isdigit() else ord(word) - ord("a") + 1
        last = next((marks for kind, marks in reversed(runs) if kind == style), None)
        if mark["bullet"]:
            near = last and not re.search(r"\n\s*\n\s*\n", text[last[-1].end() : mark.start()])
            fits = bool(near)
        else:
            fits = bool(last) and place == len(last or []) + 1
        if fits and last is not None:
            last.append(mark)
        elif place <= 1:
            runs.append((style, [mark]))
    ends = [(marks[0].start(), _end(marks[-1].end(), sections)) for _, marks in runs]
    spans = []
    for (_, marks), (start, end) in zip(runs, ends, strict=True):
        close = min([other for other, _ in ends if other > marks[-1].start()] + [end])
        bounds = [m.start() for m in marks[1:]] + [max(close, marks[-1].end())]
        spans.append([trim(text, m.end(), stop) for m, stop in zip(marks, bounds, strict=True) if start <= m.start()])
    return [run for run in spans if len(run) > 1]


def _end(position: int, sections: list[Section]) -> int:
    return next(s.end for s in sections if s.start <= position <= s.end)


def _listed(text: str, sections: list[Section]) -> list[_Part]:
    """A numbered or bulleted list of services, with what further lists of the same length say of each."""
    runs = [run for run in _runs(text, sections) if not _is_story(run[0][0], sections)]
    # An uncommon service may be in no list of words; it stands among others that are.
    first = next((run for run in runs if 3 * sum(_names_one(text, e) for e in run) >= 2 * len(run)), None)
    if first is None:
        return []
    again = [run for run in runs[runs.index(first) :] if len(run) == len(first)]
    return [_Part(_name(text, entry), tuple(run[n] for run in again)) for n, entry in enumerate(first)]


_READ = re.compile(r"record|document|information|history|reviewed$", re.IGNORECASE)


def _is_story(position: int, sections: list[Section]) -> bool:
    holder = next((s for s in sections if s.start <= position < s.end), None)
    return bool(holder and _READ.search(holder.heading))


_NAME_ENDS = re.compile(r"(?<=[\w)%])[.?](?=\s|$)|\n(?=\s*\n|[^\S\n]*[A-Z])")


def _name(text: str, entry: Span) -> Span:
    """The service of an entry: its first line, or as much of it as a sentence takes; a wrapped line goes on."""
    stop = _NAME_ENDS.search(text, *entry)
    return trim(text, entry[0], stop.start() if stop else entry[1])


def _names_one(text: str, entry: Span) -> bool:
    return bool(treatments_in(text[slice(*_name(text, entry))]))


def _labelled(text: str) -> list[_Part]:
    """Services listed behind a label."""
    label = _SERVICE.search(text)
    if not label or not treatments_in(label.group(1) or label.group(2)):
        return []
    return [_Part(span, ()) for span in services_in(text, *label.span(1 if label.group(1) else 2))]


_REQUEST = re.compile(
    r"\brequest(?:s|ed)?\s+(?:for\s+)?(?:an?\s+|the\s+)?(?P<service>[^;:]{3,160}?)\s+(?:is|are)\b(?=[^;:]{0,60}?\bmedically\b)",
    re.IGNORECASE,
)


def _concluded(text: str, sections: list[Section]) -> list[_Part]:
    """Services told apart only where they are decided: by sentences, or by the clauses of one."""
    parts: list[_Part] = []
    seen: list[tuple[set[str], set[str]]] = []
    at = 0
    for a, b in sentences(text):
        if _voice_at(a, sections) in (Voice.HISTORY, Voice.GUIDELINE):
            at = b
            continue
        found = [(m.span("service"), None) for m in _REQUEST.finditer(text, a, b)] or _by_clause(text, a, b)
        for span, verdict in found:
            words = text[slice(*span)]
            what = {kind for kind, _ in treatments_in(words)}, set(regions_in(words))
            told = verdict or verdict_in_prose(text, a, b)
            if what[0] and told[1] and what not in seen:
                seen.append(what)
                parts.append(_Part(span, (trim(text, at, b),), told))
                at = b
    return parts


def _voice_at(position: int, sections: list[Section]) -> Voice:
    return next((s.voice for s in sections if s.start <= position < s.end), Voice.UNKNOWN)


def _by_clause(text: str, start: int, end: int) -> list[tuple[Span, Verdict]]:
    """'The MRI is approved; the EMG remains denied.': two services in one sentence, a verdict each."""
    found: list[tuple[Span, Verdict]] = []
    at = start
    for clause, outcome in verdicts_by_clause(squeeze(text[start:end])):
        named = treatments_in(text[at:end])
        own = treatments_in(clause)
        if outcome and own and named:
            term = named[0][1]
            found.append(((at + term.start, at + term.end), (outcome, (start, end))))
            at += term.end
    return found if len({text[slice(*span)].lower() for span, _ in found}) > 1 else []


def _verdicts(text: str, parts: list[_Part], names: list[str]) -> list[Verdict]:
    """Each service's verdict: beside its name, in the last list that decides it, else where the letter names it."""
    own = [part.verdict or _in_bodies(text, part) for part in parts]
    if all(verdict[1] for verdict in own):
        return own
    # Behind the list of services first: in the list itself every name stands beside every other.
    behind, within = max(part.service[1] for part in parts), parts[0].service[1]
    said = said_of(text, (within, len(text)), names) | said_of(text, (behind, len(text)), names)
    known = {n: verdict for n, verdict in enumerate(own) if verdict[1]}
    whole = _only_verdict(text, parts[0])
    alike = whole if not known and not said and whole[0] is not Outcome.MIXED else (Outcome.UNCLEAR, None)
    return [known.get(n) or said.get(n) or alike for n in range(len(parts))]


def _in_bodies(text: str, part: _Part) -> Verdict:
    for body in reversed(part.bodies):
        if label := _LABELLED.search(text, *body):
            return verdict_of(label.group(1)), label.span(1)
        if (verdict := verdict_in_prose(text, *body))[1]:
            return verdict
    return Outcome.UNCLEAR, None


def _only_verdict(text: str, part: _Part) -> Verdict:
    """What the letter as a whole concludes: behind a label, else in its last plain sentence."""
    labels = list(_LABELLED.finditer(text))
    if len({verdict_of(label.group(1)) for label in labels}) > 1:
        return Outcome.UNCLEAR, None
    if labels and not part.bodies:
        return verdict_of(labels[-1].group(1)), labels[-1].span(1)
    return verdict_in_prose(without_pasted(text, 0, len(text)), 0, len(text))


def _arguments(text: str, sections: list[Section], parts: list[_Part], names: list[str]) -> list[Span]:
    """The passage that argues each service: the longest of its own, else its part of the reviewer's section."""
    if all(part.bodies for part in parts):
        longest = [max(part.bodies, key=lambda body: body[1] - body[0]) for part in parts]
        if all(len(text[slice(*body)]) > len(name) + 20 for body, name in zip(longest, names, strict=True)):
            return longest
    argued = [s for s in sections if s.voice is Voice.REVIEWER]
    section = argued[-1] if argued and len(parts) == 1 else max(argued, key=lambda s: s.end - s.start, default=None)
    span = trim(text, section.start, section.end) if section else trim(text, 0, len(text))
    return arguments_in(text, span, names)


def _service(text: str) -> Span:
    """The labelled service, else the first sentence that names a treatment."""
    for label in _SERVICE.finditer(text):
        span = trim(text, *label.span(1 if label.group(1) else 2))
        if treatments_in(text[slice(*span)]) or label.group(1):
            return span
    for a, b in sentences(text, 0, min(len(text), 6000)):
        found = treatments_in(text[a:b])
        if found:
            return a + found[0][1].start, a + found[0][1].end
    return trim(text, 0, min(len(text), 80))
