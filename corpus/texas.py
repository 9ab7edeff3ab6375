"""Texas IRO decisions -> Decision: the form's headings, its boxes, and one issue for each service decided on its own."""

from __future__ import annotations

import re
from itertools import pairwise

from corpus.decision import Decision, Issue, Outcome, Section, Span, Voice
from corpus.layout import body_start, heading, labelled, list_items, parse_date, patient, split_sections
from corpus.read import Document
from corpus.sentences import sentences, squeeze, trim
from corpus.terms import codes_in, credentials, guidelines_in, service_treatments, tag_service, treatments_in
from corpus.verdict import VERDICT, verdict_in_prose, verdict_in_sentence, verdict_of

HEADINGS = (
    heading("case", Voice.BOILERPLATE, r"IRO (?:CASE|REFERENCE|FILE)(?: (?:#|NO\.?|NUMBER))?"),
    heading("date", Voice.BOILERPLATE, r"DATE (?:OF REVIEW|NOTICE SENT TO ALL PARTIES|OF (?:NOTICE|DECISION))"),
    heading(
        "dispute",
        Voice.BOILERPLATE,
        r"(?:A )?(?:DESCRIPTION OF THE )?(?:HEALTH CARE )?SERVICES?(?:\(S\))?(?: OR SERVICES)? (?:IN|UNDER) (?:DISPUTE|REVIEW)(?: / REVIEW OUTCOME)?\b",
    ),
    heading(
        "qualifications",
        Voice.BOILERPLATE,
        r"(?:A )?(?:DESCRIPTION OF (?:THE )?)?QUALIFICATIONS (?:FOR|OF) (?:EACH|THE) (?:PHYSICIAN|REVIEWER|HEALTH)(?: OR OTHER HEALTH CARE PROVIDER)?(?: WHO REVIEWED (?:THE|THIS) DECISION)?",
    ),
    heading("outcome", Voice.REVIEWER, r"(?:REVIEW OUTCOME|OUTCOME OF (?:THE )?REVIEW|OUTCOME(?=\s*:?\s*\n)|REVIEWER['’]?S DECISION|DECISION OF THE IRO)\b"),
    heading("documents", Voice.BOILERPLATE, r"(?:INFORMATION|RECORDS|DOCUMENTS) (?:PROVIDED|SUBMITTED|REVIEWED)(?: TO THE IRO)?(?: FOR REVIEW)?\b"),
    heading(
        "history",
        Voice.HISTORY,
        r"(?:(?:INJURED )?(?:PATIENT|EMPLOYEE|CLAIMANT|WORKER)(?:['’]S)? )?(?:CLINICAL|MEDICAL) (?:HISTORY|SUMMARY)(?: ?(?:SUMMARY|[\[(]SUMMARY[\])]))?|HISTORY(?=\s*:?\s*\n)",
    ),
    heading(
        "rationale",
        Voice.REVIEWER,
        r"ANALYSIS AND EXPLANATION OF (?:THE )?DECISION(?:,? INCLUD(?:E|ING)(?: THE)? CLINICAL(?: BASIS,? FINDINGS,? AND CONCLUSIONS)?(?: USED)?(?: TO SUPPORT(?: THE)? DECISION)?)?|(?:EXPLANATION|ANALYSIS|RATIONALE|DISCUSSION)(?=\s*:?\s*\n)",
    ),
    heading(
        "criteria",
        Voice.BOILERPLATE,
        r"(?:A )?DESCRIPTION AND (?:THE )?SOURCE OF (?:THE )?SCREENING CRITERIA(?: OR OTHER CLINICAL BASIS)?(?: USED TO MAKE (?:THE|THIS) DECISION)?",
    ),
)
_LETTER = re.compile(r"\bIRO\b|INDEPENDENT\s+REVIEW(?:\s+ORGANIZATION|\s+DECISION)|Texas\s+Department\s+of\s+Insurance|SERVICES?\s+IN\s+DISPUTE", re.I)

_CHECKED = re.compile(r"(?:\[\s*[xX√✓✔]\s*\]|\(\s*[xX√✓]\s*\)|[☒☑■✔✓√]|(?<![A-Za-z])_*[xX]_*(?![A-Za-z]))[\s:.\-–]*$")
_UNCHECKED = re.compile(r"(?:\[\s*\]|\(\s*\)|[☐□❑❏○]|_{2,})[\s:.\-–]*$")
_OPTION = re.compile(r"\b(partially\s+(?:overturned|upheld)|upheld|overturned)\b", re.IGNORECASE)
_ROW = re.compile(rf"(?m)^[^\S\n]*(?:\d{{1,2}}[.)]?\s+|[•●▪-]\s+)?(\S.*?)(?:\s{{2,}}|\s+[-–—:]\s+|:\s+)\(?({VERDICT})\b[^\n]{{0,30}}$", re.IGNORECASE)
_LEAN = re.compile(r"^\W*(?:with|without|under|including|includ|using|as|for|to|at|of|plus|per)\b", re.IGNORECASE)
_BETWEEN = re.compile(r";\s+(?:and\s+)?|\.\s*\n\s*|,?\s+and\s+(?=[A-Za-z0-9])|,\s+|\n\s*(?=[A-Z0-9])")
# The form's own sentence that may follow the list of services without a heading between them.
_FORM_TEXT = re.compile(r"\n\s*Upon\s+independent\s+review", re.IGNORECASE)


def recognises(document: Document) -> bool:
    return bool(_LETTER.search(document.text[:8000])) and len(split_sections(document.text, HEADINGS)) > 3


def parse(document: Document) -> Decision:
    text = document.text
    sections = split_sections(text, HEADINGS)
    history = _joined(text, sections, "history")
    services = _services(text, sections)
    outcomes, warnings = _outcomes(text, sections, services)
    arguments = _arguments(text, sections, services)
    sources = _checked_sources(text, sections)
    issues = tuple(
        Issue(
            number=number,
            service=service,
            start=start,
            end=end,
            outcome=outcome,
            outcome_span=span,
            rationale=argument,
            guidelines={"administrator": [], "reviewer": sources},
            **tag_service(service, history),
        )
        for number, ((service, (start, end)), (outcome, span), argument) in enumerate(
            zip(services, outcomes, arguments, strict=True)
        )
    )
    return Decision(
        id=document.sha256[:12],
        source=document.source,
        sha256=document.sha256,
        text=text,
        pages=document.pages,
        jurisdiction="TX",
        kind="iro",
        case_number=_case_number(text),
        dates=_dates(text),
        reviewer=credentials(_joined(text, sections, "qualifications")),
        patient=patient(history),
        sections=tuple(sections),
        issues=issues,
        warnings=document.warnings + warnings + (() if issues else ("no disputed service found",)),
    )


def _joined(text: str, sections: list[Section], kind: str) -> str:
    return "\n".join(text[body_start(text, s) : s.end] for s in sections if s.kind == kind)


def _case_number(text: str) -> str | None:
    match = re.search(r"IRO\s+(?:CASE|REFERENCE|FILE)\s*(?:#|NO\.?|NUMBER)?\s*:?\s*([A-Z]{0,4}-?\d[\w-]{2,})", text, re.IGNORECASE)
    return match.group(1) if match else None


def _dates(text: str) -> dict[str, str | None]:
    decision = labelled(text, r"DATE\s+(?:OF\s+(?:REVIEW|NOTICE|DECISION)|NOTICE\s+SENT\s+TO\s+ALL\s+PARTIES)", 30)
    return {
        "decision": parse_date(decision or ""),
        "injury": parse_date(labelled(text, r"DATE\s+OF\s+INJURY", 24) or ""),
        "assigned": None,
        "received": None,
        "ur_denial": None,
    }


def _services(text: str, sections: list[Section]) -> list[tuple[str, Span]]:
    """The services in dispute: table rows, list entries, or parts of a sentence; what leans on a procedure stays with it."""
    section = next((s for s in sections if s.kind == "dispute"), None)
    if section is None:
        return []
    start, end = trim(text, body_start(text, section), section.end)
    if stray := _FORM_TEXT.search(text, start, end):
        end = stray.start()
    rows = [m for m in _ROW.finditer(text, start, end) if treatments_in(m.group(1))]
    if rows:
        return [(squeeze(m.group(1)), (m.start(), m.end())) for m in rows]
    items = list_items(text, start, end)
    merged: list[Span] = []
    for a, b in items if len(items) > 1 else _parts(text, start, end):
        if merged and not _stands_alone(text[a:b], text[slice(*merged[-1])]):
            merged[-1] = (merged[-1][0], b)
        elif text[a:b].strip(" .;:\n"):
            merged.append((a, b))
    return [(squeeze(text[a:b]).rstrip(" .;:,"), (a, b)) for a, b in merged]


def _parts(text: str, start: int, end: int) -> list[Span]:
    """An unnumbered list, split at semicolons, commas, 'and' and lines; the ingredients of one cream are one part."""
    if service_treatments(text[start:end]) == ("topical",):
        return [(start, end)]
    cuts = {start, end} | {m.end() for m in _BETWEEN.finditer(text, start, end)}
    return [trim(text, a, b) for a, b in pairwise(sorted(cuts)) if text[a:b].strip()]


def _stands_alone(words: str, before: str) -> bool:
    """A part is a service of its own if it names a treatment, does not lean on the part before, and differs from it."""
    kinds = {kind for kind, _ in treatments_in(words)}
    earlier = {kind for kind, _ in treatments_in(before)}
    if not kinds or not earlier or _LEAN.search(words) or kinds == {"surgery-associated"} and not codes_in(words):
        return bool(kinds) and not earlier and len(before) > 60
    return bool(kinds - earlier) or bool(set(codes_in(words)) and set(codes_in(before)))


def _outcomes(text: str, sections: list[Section], services: list[tuple[str, Span]]) -> tuple[list[tuple[Outcome, Span | None]], tuple[str, ...]]:
    """One outcome a service: its own row or sentence where services differ, else the form's box, else the prose."""
    rows = [_ROW.search(text, start, end) for _, (start, end) in services]
    if services and all(rows):
        return [(verdict_of(m.group(2)), m.span(2)) for m in rows if m], ()
    prose = _prose(text, sections, "rationale")
    box = _box(text, sections) or (prose if prose[1] else _prose(text, sections, "outcome"))
    if box[0] is Outcome.MIXED and len(services) > 1:
        return [_own_verdict(text, sections, service, services) for service, _ in services], ()
    warnings: tuple[str, ...] = ()
    plain = (Outcome.UPHELD, Outcome.OVERTURNED)
    if len(services) == 1 and prose[0] in plain and box[0] in plain and prose[0] is not box[0]:
        warnings = (f"the box says {box[0]}, the analysis reads as {prose[0]}",)
    return [box] * len(services), warnings


def _prose(text: str, sections: list[Section], kind: str) -> tuple[Outcome, Span | None]:
    """What a section's own sentences conclude."""
    for section in sections:
        if section.kind == kind:
            found = verdict_in_prose(text, body_start(text, section), section.end)
            if found[1]:
                return found
    return Outcome.UNCLEAR, None


def _box(text: str, sections: list[Section]) -> tuple[Outcome, Span] | None:
    """The checked option; or the only option left where the others were lost."""
    for section in sections:
        if section.kind != "outcome":
            continue
        options = list(_OPTION.finditer(text, body_start(text, section), section.end))
        checked, bare, empty = [], [], 0
        previous = body_start(text, section)
        for option in options:
            line = text.rfind("\n", previous, option.start()) + 1 or previous
            before = text[max(previous, line) : option.start()]
            if not before.strip() and line > previous:
                before = text[previous : option.start()]
            previous = option.end()
            if _CHECKED.search(before):
                checked.append(option)
            elif _UNCHECKED.search(before):
                empty += 1
            elif not re.search(r"[A-Za-z]{3}", before):
                bare.append(option)
        chosen = checked or (bare if len({verdict_of(o.group(1)) for o in bare}) == 1 else [])
        if chosen:
            return verdict_of(chosen[0].group(1)), chosen[0].span(1)
    return None


def _own_verdict(text: str, sections: list[Section], service: str, services: list[tuple[str, Span]]) -> tuple[Outcome, Span | None]:
    """For a letter decided in part: the concluding sentence that names this service rather than another."""
    own = _keywords(service)
    others = set().union(*(_keywords(other) for other, _ in services if other != service)) - own
    best: tuple[float, Outcome, Span] | None = None
    for section in sections:
        if section.kind not in ("outcome", "rationale"):
            continue
        for a, b in sentences(text, body_start(text, section), section.end):
            for c, d in _clauses(text, a, b):
                outcome = verdict_in_sentence(squeeze(text[c:d]))
                words = _keywords(text[c:d])
                score = len(own & words) - len(others & words)
                if outcome and outcome is not Outcome.MIXED and score > 0 and (best is None or score >= best[0]):
                    best = score, outcome, (c, d)
    return (best[1], best[2]) if best else (Outcome.UNCLEAR, None)


def _clauses(text: str, start: int, end: int) -> list[Span]:
    cuts = [start] + [start + m.end() for m in re.finditer(r";\s|,\s+(?:but|while|whereas|and)\s|\s(?:but|while|whereas)\s", text[start:end])] + [end]
    return list(pairwise(cuts))


def _keywords(words: str) -> set[str]:
    kinds = {kind for kind, _ in treatments_in(words)}
    return kinds | {w for w in re.findall(r"[a-z]{4,}|\d{5}", words.lower()) if w not in _COMMON}


_COMMON = frozenset("with request requested service services medically necessary this that patient item therapy which from were been visits".split())


def _arguments(text: str, sections: list[Section], services: list[tuple[str, Span]]) -> list[Span | None]:
    """The analysis, or for several services its own numbered part where the reviewer wrote one each."""
    section = next((s for s in sections if s.kind == "rationale"), None)
    if section is None:
        return [None] * len(services)
    start, end = trim(text, body_start(text, section), section.end)
    if len(services) > 1:
        parts = list_items(text, start, end)
        if len(parts) == len(services):
            return list(parts)
        if own := _paragraph_parts(text, start, end, services):
            return own
    return [(start, end)] * len(services)


def _paragraph_parts(text: str, start: int, end: int, services: list[tuple[str, Span]]) -> list[Span | None] | None:
    """Parts that begin where a sentence first turns to each service, if they come in one run each."""
    starts: list[tuple[int, int]] = []
    for a, b in sentences(text, start, end):
        words = _keywords(text[a:b])
        named = [n for n, (service, _) in enumerate(services) if {k for k, _ in treatments_in(service)} & words]
        if len(named) == 1 and (not starts or starts[-1][1] != named[0]):
            starts.append((a, named[0]))
    order = [n for _, n in starts]
    if sorted(order) != list(range(len(services))):
        return None
    bounds = [start if i == 0 else a for i, (a, _) in enumerate(starts)] + [end]
    parts: list[Span | None] = [None] * len(services)
    for (_, n), (a, b) in zip(starts, pairwise(bounds), strict=True):
        parts[n] = trim(text, a, b)
    return parts


def _checked_sources(text: str, sections: list[Section]) -> list[str]:
    """Guidelines whose boxes are checked; where no box survives, none can be told apart and none is named."""
    found: list[str] = []
    for section in sections:
        if section.kind != "criteria":
            continue
        body = text[body_start(text, section) : section.end]
        for line in re.finditer(r"(?m)^([^\n\w]*(?:\[\s*[xX]\s*\]|[☒☑■✔✓√]|(?<!\w)[xX](?=\s))\s*)([^\n]+(?:\n(?![^\n]*[\[☐☒])[^\n]+)?)", body):
            found += guidelines_in(line.group(2))
        if not re.search(r"[\[☐☒☑□]", body):
            named = guidelines_in(body)
            found += named if len(named) <= 3 else []
    return list(dict.fromkeys(found))
