"""Texas IRO decisions -> Decision: the form's headings, its boxes, one issue for each service decided on its own."""

from __future__ import annotations

import re

from corpus.decision import Decision, Issue, Outcome, Section, Span, Voice
from corpus.layout import (
    body_start,
    dates_in,
    heading,
    list_items,
    patient,
    service_name,
    split_sections,
)
from corpus.read import Document
from corpus.sentences import squeeze, trim
from corpus.services import Verdict, announced, arguments_in, said_of, services_in
from corpus.terms import credentials, guidelines_in, tag_service, treatments_in
from corpus.verdict import VERDICT, verdict_in_prose, verdict_of, without_pasted

HEADINGS = (
    heading("case", Voice.BOILERPLATE, r"IRO (?:CASE|REFERENCE|FILE)(?: (?:#|NO\.?|NUMBER))?"),
    heading("date", Voice.BOILERPLATE, r"DATE (?:OF REVIEW|NOTICE SENT TO ALL PARTIES|OF (?:NOTICE|DECISION))"),
    heading(
        "dispute",
        Voice.BOILERPLATE,
        r"(?:A )?(?:DESCRIPTION OF (?:THE )?)?(?:HEALTH CARE )?(?:SERVICES?|ITEMS?)(?:\(S\))?(?: OR SERVICES)?"
        r" (?:IN|UNDER) (?:DISPUTE|REVIEW)(?: / REVIEW OUTCOME)?\b|REQUESTED SERVICES?(?:\(S\)|\b)(?=\s*:?\s*\n)",
    ),
    heading(
        "qualifications",
        Voice.BOILERPLATE,
        r"(?:A )?(?:DESCRIPTION OF (?:THE )?)?QUALIFICATIONS (?:FOR|OF) (?:(?:EACH|THE) )?(?:PHYSICIAN|REVIEWER|HEALTH)"
        r"(?: OR OTHER HEALTH CARE PROVIDER)?(?: WHO REVIEWED (?:THE|THIS) DECISION)?"
        r"|REVIEWER(?:['’]?S)? (?:QUALIFICATIONS|CREDENTIALS)|CREDENTIALS OF THE REVIEWER|REVIEWER(?=\s*:?\s*\n)"
        r"|(?-i:REVIEWER)(?=\s*:)",
    ),
    heading(
        "outcome",
        Voice.REVIEWER,
        r"(?:REVIEW OUTCOME|OUTCOME OF (?:THE )?REVIEW|(?:OUTCOME|DETERMINATION|DECISION)(?=\s*:?\s*\n)"
        rf"|REVIEWER['’]?S DECISION|DECISION OF THE IRO|(?:OUTCOME|DETERMINATION|DECISION)(?=\s*:\s*{VERDICT}))\b",
    ),
    heading(
        "documents",
        Voice.BOILERPLATE,
        r"(?:INFORMATION|RECORDS|DOCUMENTS) (?:PROVIDED|SUBMITTED|REVIEWED)(?: TO THE IRO)?(?: FOR REVIEW)?\b"
        r"|(?-i:RECORDS)(?=\s*:)",
    ),
    heading(
        "history",
        Voice.HISTORY,
        r"(?:(?:INJURED )?(?:PATIENT|EMPLOYEE|CLAIMANT|WORKER)(?:['’]S)? )?(?:SUMMARY OF )?(?:CLINICAL|MEDICAL)"
        r" (?:HISTORY|SUMMARY)(?: ?(?:SUMMARY|[\[(]SUMMARY[\])]))?|HISTORY(?=\s*:?\s*\n)|(?-i:HISTORY)(?=\s*:)",
    ),
    heading(
        "rationale",
        Voice.REVIEWER,
        r"ANALYSIS AND EXPLANATION(?=\s*:?\s*\n)"
        r"|ANALYSIS AND EXPLANATION OF (?:THE )?DECISION(?:,? INCLUD(?:E|ING)(?: THE)? CLINICAL"
        r"(?: BASIS,? FINDINGS,? AND CONCLUSIONS)?(?: USED)?(?: TO SUPPORT(?: THE)? DECISION)?)?"
        r"(?:\. IF THERE WAS ANY DIVERGENCE[^.]{0,160}\.)?"
        r"|RATIONALE(?:(?=\s*:)|\s*/\s*BASIS FOR (?:THE )?DECISION)|BASIS FOR (?:THE )?DECISION"
        r"|(?:EXPLANATION|ANALYSIS|RATIONALE|DISCUSSION)(?=\s*:?\s*\n)|(?-i:ANALYSIS|BASIS|DISCUSSION|EXPLANATION)(?=\s*:)",
    ),
    heading(
        "criteria",
        Voice.BOILERPLATE,
        r"(?:A )?(?:DESCRIPTION AND (?:THE )?SOURCE OF (?:THE )?)?SCREENING CRITERIA(?: OR OTHER CLINICAL BASIS)?"
        r"(?: USED TO MAKE (?:THE|THIS|YOUR) DECISION)?|CRITERIA USED\b|(?-i:CRITERIA)(?=\s*:)"
        r"|REFERENCES(?=\s*:?\s*\n)",
    ),
    heading("closing", Voice.BOILERPLATE, r"SINCERELY\b|CERTIFICATION(?=\s*:?\s*\n)|RIGHT TO APPEAL\b"),
)
_LETTER = re.compile(
    r"\bIRO\b|INDEPENDENT\s+REVIEW(?:\s+ORGANIZATION|\s+DECISION)|Texas\s+Department\s+of\s+Insurance"
    r"|SERVICES?\s+IN\s+DISPUTE",
    re.IGNORECASE,
)

# The boxes of the form as printing and scanning leave them, and what they stand beside.
_BOX = re.compile(
    r"(?P<on>[\[(]\s*(?:x{1,2}|[√✓✔*•])\s*[\])]|[☒☑■✔✓√þý→\uf0fe\uf0fd\uf078]|=>|(?<![a-z])_*x{1,2}_*(?![a-z])|(?<=:)\s*yes\b)"
    r"|(?P<off>[\[(]\s*[\])]|[☐□❑❏○¨\uf0a8\uf06f\uf071]|_{2,}|(?<=:)\s*no\b)"
    r"|\b(?P<option>partially\s+(?:overturned|upheld)|(?:upheld|overturned)(?:\s+in\s+part)?)\b(?:\s*\((?:dis)?agree[^)]*\))?",
    re.IGNORECASE,
)
_VERDICT_ROW = re.compile(
    rf"(?m)^[^\S\n]*(?:\(?(?:\d{{1,2}}|[a-h])[.)]+\s+|\d{{1,2}}\s+(?=(?-i:[A-Z]))|[•●▪-]\s+)?(\S[^\n]*?)"
    rf"(?:\s{{2,}}|\s+[-–—:]+\s+|:\s+)\(?({VERDICT})\b[^\n]{{0,30}}$",
    re.IGNORECASE,
)
_LOOSE_END = re.compile(r"(?:[\s.;:,]|\band\b)+$", re.IGNORECASE)
# The form's own sentence that may follow the list of services without a heading between them.
_FORM_TEXT = re.compile(r"\n[^\S\n]*Upon\s+independent\s+review", re.IGNORECASE)

_UNCLEAR: Verdict = (Outcome.UNCLEAR, None)


def recognises(document: Document) -> bool:
    """A decision of an independent review organization: it says so and has the headings of the Texas form."""
    if not _LETTER.search(document.text[:8000]):
        return False
    sections = split_sections(document.text, HEADINGS)
    return len(sections) > 3 and any(section.kind == "dispute" for section in sections)


def parse(document: Document) -> Decision:
    text = document.text
    sections = split_sections(text, HEADINGS)
    history = _joined(text, sections, "history")
    services = _services(text, sections)
    names = [service for service, _ in services]
    argued = _first(text, sections, "rationale")
    arguments: list[Span | None] = [*arguments_in(text, argued, names)] if argued else [None] * len(names)
    outcomes, warnings = _outcomes(text, sections, services, arguments)
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
            **tag_service(service, history, [name for name in names if name != service]),
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
        dates=dates_in(text),
        reviewer=credentials(_joined(text, sections, "qualifications") or _joined(text, sections, "header")),
        patient=patient(history),
        sections=tuple(sections),
        issues=issues,
        warnings=document.warnings + warnings + (() if issues else ("no disputed service found",)),
    )


def _joined(text: str, sections: list[Section], kind: str) -> str:
    return "\n".join(text[body_start(text, s) : s.end] for s in sections if s.kind == kind)


_CASE_NUMBER = tuple(
    re.compile(rf"(?m){label}[^\S\n]*(?:#|NO\.?|NUMBER)?[^\S\n]*:?\s*([A-Z]{{0,4}}\d?-?\d[\w-]{{2,}})", re.IGNORECASE)
    for label in (r"\bIRO\s+(?:CASE|REFERENCE|FILE)", r"^[^\S\n]*(?:CASE|REFERENCE|FILE)(?=[^\S\n]*(?:#|NO|NUMBER))")
)


def _case_number(text: str) -> str | None:
    """The number behind 'IRO Case', else behind a plain 'Case No.'."""
    found = (match for pattern in _CASE_NUMBER if (match := pattern.search(text)))
    return next((match.group(1) for match in found), None)


def _services(text: str, sections: list[Section]) -> list[tuple[str, Span]]:
    """The services in dispute: table rows, list entries, or parts of a sentence."""
    section = _first(text, sections, "dispute")
    if section is None:
        return []
    start, end = section
    if stray := _FORM_TEXT.search(text, start, end):
        end = stray.start()
    rows = [m for m in _VERDICT_ROW.finditer(text, start, end) if treatments_in(m.group(1))]
    if rows:
        return [(squeeze(m.group(1)), (m.start(), m.end())) for m in rows]
    spans = services_in(text, start, end)
    return [(service_name(_LOOSE_END.sub("", squeeze(text[a:b]))), (a, b)) for a, b in spans]


def _first(text: str, sections: list[Section], kind: str) -> Span | None:
    """The body of the first section of a kind that has one."""
    bodies = (trim(text, body_start(text, s), s.end) for s in sections if s.kind == kind)
    return next(((a, b) for a, b in bodies if a < b), None)


def _outcomes(
    text: str, sections: list[Section], services: list[tuple[str, Span]], arguments: list[Span | None]
) -> tuple[list[Verdict], tuple[str, ...]]:
    """One outcome a service: its own row or sentence where services differ, else the form's box, else the prose."""
    rows = [_VERDICT_ROW.search(text, start, end) for _, (start, end) in services]
    if services and all(rows):
        return [(verdict_of(m.group(2)), m.span(2)) for m in rows if m], ()
    prose = _prose(text, sections, "rationale")
    box, after = _box(text, sections)
    decided = box if box[1] else prose if prose[1] else _prose(text, sections, "outcome")
    if decided[0] is Outcome.MIXED and len(services) > 1:
        return _own_verdicts(text, sections, [service for service, _ in services], arguments, after), ()
    warnings: tuple[str, ...] = ()
    if len(services) == 1 and {box[0], prose[0]} == {Outcome.UPHELD, Outcome.OVERTURNED}:
        warnings = (f"the box says {box[0]}, the analysis reads as {prose[0]}",)
    return [decided] * len(services), warnings


def _prose(text: str, sections: list[Section], kind: str) -> Verdict:
    """What a section's own sentences conclude."""
    bodies = [(body_start(text, s), s.end) for s in sections if s.kind == kind]
    found = (verdict_in_prose(without_pasted(text, *body), *body) for body in bodies)
    return next((verdict for verdict in found if verdict[1]), _UNCLEAR)


def _box(text: str, sections: list[Section]) -> tuple[Verdict, Span | None]:
    """The checked option, or the only one left where the others were lost; and what the section says behind them."""
    for start, end in _boxes(text, sections):
        states = _options(text, start, end)
        checked = [option for option, state in states if state == "on"]
        bare = [option for option, state in states if state == "bare"]
        chosen = checked or (bare if len({verdict_of(option["option"]) for option in bare}) == 1 else [])
        after = (max(option.end() for option, _ in states), end) if states else None
        if chosen:
            return (verdict_of(chosen[0]["option"]), chosen[0].span("option")), after
    return _UNCLEAR, None


def _boxes(text: str, sections: list[Section]) -> list[Span]:
    """Where the form's options may stand: under their heading, or behind the form's sentence under another one."""
    bodies = [(body_start(text, s), s.end) for s in sections if s.kind == "outcome"]
    stray = ((m.end(), s.end) for s in sections if (m := _FORM_TEXT.search(text, s.start, s.end)))
    return bodies + [span for span in stray if not any(a <= span[0] < b for a, b in bodies)]


def _options(text: str, start: int, end: int) -> list[tuple[re.Match[str], str]]:
    """The options of the form, each 'on', 'off' or 'bare' by the mark beside it: before it, or all marks behind."""
    tokens = list(_BOX.finditer(text, start, end))
    leading = any(not t["option"] and _opens_line(text, t.start()) for t in tokens) or (
        bool(tokens) and not tokens[0]["option"] and bool(tokens[-1]["option"])
    )
    options = []
    for before, token, behind in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if not token["option"]:
            continue
        mark = before if leading else behind
        near = mark and not text[min(mark.end(), token.end()) : max(mark.start(), token.start())].strip(" \n\t:.-–")
        if mark and near and not mark["option"]:
            options.append((token, "on" if mark["on"] else "off"))
        elif _opens_line(text, token.start()):
            options.append((token, "bare"))
    return options


def _opens_line(text: str, position: int) -> bool:
    return not text[text.rfind("\n", 0, position) + 1 : position].strip()


def _own_verdicts(
    text: str, sections: list[Section], services: list[str], arguments: list[Span | None], after: Span | None
) -> list[Verdict]:
    """Where a letter is decided in part: what is said of each service below the boxes, in the analysis, in its part."""
    said: dict[int, Verdict] = {}
    for section in sections:
        if section.kind == "rationale":
            said |= said_of(text, (body_start(text, section), section.end), services)
    for start, end in _boxes(text, sections):
        said |= announced(text, (start, end), services)
    if after:
        listed = list_items(text, *after)
        own = [verdict_in_prose(text, *item) for item in listed] if len(listed) == len(services) else []
        said |= {n: verdict for n, verdict in enumerate(own) if verdict[1]} or said_of(text, after, services)
    for n, argument in enumerate(arguments):
        if n not in said and argument and arguments.count(argument) == 1:
            said[n] = verdict_in_prose(text, *argument)
    return [said.get(n, _UNCLEAR) for n in range(len(services))]


_CHECKED_SOURCE = re.compile(
    r"(?m)^[^\n\w]*(?:\[\s*[xX]\s*\]|[☒☑■✔✓√]|_*(?<![A-Za-z])[xX]_*(?=\s))\s*([^\n]+(?:\n(?![^\n]*[\[☐☒_])[^\n]+)?)"
)


def _checked_sources(text: str, sections: list[Section]) -> list[str]:
    """Guidelines whose boxes are checked; where no box survives, none can be told apart and none is named."""
    found: list[str] = []
    for section in sections:
        if section.kind != "criteria":
            continue
        body = text[body_start(text, section) : section.end]
        for line in _CHECKED_SOURCE.finditer(body):
            found += guidelines_in(line.group(1))
        if not re.search(r"[\[☐☒☑□]", body):
            named = guidelines_in(body)
            found += named if len(named) <= 3 else []
    return list(dict.fromkeys(found))
