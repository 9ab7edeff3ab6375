"""Texas IRO decisions -> Decision: the form's headings, its boxes, one issue for each service decided on its own."""

from __future__ import annotations

import re
from itertools import pairwise

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
from corpus.sentences import sentences, squeeze, trim
from corpus.terms import (
    codes_in,
    credentials,
    guidelines_in,
    regions_in,
    service_treatments,
    tag_service,
    treatments_in,
)
from corpus.verdict import VERDICT, is_echo, verdict_in_prose, verdict_of, verdicts_by_clause

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
        r"|REVIEWER(?:['’]?S)? (?:QUALIFICATIONS|CREDENTIALS)|CREDENTIALS OF THE REVIEWER|REVIEWER(?=\s*:?\s*\n)",
    ),
    heading(
        "outcome",
        Voice.REVIEWER,
        r"(?:REVIEW OUTCOME|OUTCOME OF (?:THE )?REVIEW|(?:OUTCOME|DETERMINATION|DECISION)(?=\s*:?\s*\n)"
        r"|REVIEWER['’]?S DECISION|DECISION OF THE IRO)\b",
    ),
    heading(
        "documents",
        Voice.BOILERPLATE,
        r"(?:INFORMATION|RECORDS|DOCUMENTS) (?:PROVIDED|SUBMITTED|REVIEWED)(?: TO THE IRO)?(?: FOR REVIEW)?\b",
    ),
    heading(
        "history",
        Voice.HISTORY,
        r"(?:(?:INJURED )?(?:PATIENT|EMPLOYEE|CLAIMANT|WORKER)(?:['’]S)? )?(?:SUMMARY OF )?(?:CLINICAL|MEDICAL)"
        r" (?:HISTORY|SUMMARY)(?: ?(?:SUMMARY|[\[(]SUMMARY[\])]))?|HISTORY(?=\s*:?\s*\n)",
    ),
    heading(
        "rationale",
        Voice.REVIEWER,
        r"ANALYSIS AND EXPLANATION OF (?:THE )?DECISION(?:,? INCLUD(?:E|ING)(?: THE)? CLINICAL"
        r"(?: BASIS,? FINDINGS,? AND CONCLUSIONS)?(?: USED)?(?: TO SUPPORT(?: THE)? DECISION)?)?"
        r"(?:\. IF THERE WAS ANY DIVERGENCE[^.]{0,160}\.)?"
        r"|RATIONALE(?:(?=\s*:)|\s*/\s*BASIS FOR (?:THE )?DECISION)|BASIS FOR (?:THE )?DECISION"
        r"|(?:EXPLANATION|ANALYSIS|RATIONALE|DISCUSSION)(?=\s*:?\s*\n)",
    ),
    heading(
        "criteria",
        Voice.BOILERPLATE,
        r"(?:A )?(?:DESCRIPTION AND (?:THE )?SOURCE OF (?:THE )?)?SCREENING CRITERIA(?: OR OTHER CLINICAL BASIS)?"
        r"(?: USED TO MAKE (?:THE|THIS|YOUR) DECISION)?|CRITERIA USED\b|REFERENCES(?=\s*:?\s*\n)",
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
_ANSWER_ROW = re.compile(r"(?m)^[^\S\n]*(\S[^\n]*?)(?:\s{2,}|:\s+)(yes|no)[^\S\n]*$", re.IGNORECASE)
_LEAN = re.compile(
    r"^\W*(?:(?:with|without|under|including|includ|using|as|for|to|at|of|plus|per)\b|[CTLS]-?\d{1,2}(?!\d))",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r";\s+(?:and\s+)?|\.\s*\n\s*|,?\s+and\s+(?=[A-Za-z0-9])|,\s+|\n\s*(?=[A-Z0-9])")
_LOOSE_END = re.compile(r"(?:[\s.;:,]|\band\b)+$", re.IGNORECASE)
# The form's own sentence that may follow the list of services without a heading between them.
_FORM_TEXT = re.compile(r"\n[^\S\n]*Upon\s+independent\s+review", re.IGNORECASE)

_Verdict = tuple[Outcome, Span | None]
_UNCLEAR: _Verdict = (Outcome.UNCLEAR, None)


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
    arguments = _arguments(text, sections, names)
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
    items = list_items(text, start, end)
    spans = items if len(items) > 1 else _lines(text, *items[0]) or _merged(text, _parts(text, *items[0]))
    return [(service_name(_LOOSE_END.sub("", squeeze(text[a:b]))), (a, b)) for a, b in spans]


def _lines(text: str, start: int, end: int) -> list[Span]:
    """A list by lines or semicolons: each names a treatment of its own and leans on none before it."""
    for mark in (r"\n\s*(?=[A-Z\d])", r";\s+(?:and\s+)?"):
        cuts = [start, *(m.end() for m in re.compile(mark).finditer(text, start, end)), end]
        lines = [trim(text, a, b) for a, b in pairwise(cuts)]
        named = all(treatments_in(text[a:b]) for a, b in lines)
        if len(lines) > 1 and named and not any(_LEAN.search(text[a:b]) for a, b in lines[1:]):
            return lines
    return []


def _parts(text: str, start: int, end: int) -> list[Span]:
    """An unnumbered list, split at semicolons, commas, 'and' and lines; the ingredients of one cream are one part."""
    if service_treatments(text[start:end]) == ("topical",):
        return [(start, end)]
    cuts = {start, end} | {m.end() for m in _BETWEEN.finditer(text, start, end)}
    return [trim(text, a, b) for a, b in pairwise(sorted(cuts)) if text[a:b].strip(" .;:\n")]


# A service has named itself within so many characters.
_NAME = 400


def _merged(text: str, parts: list[Span]) -> list[Span]:
    """What leans on a procedure stays with it: guidance, sedation, doses, further levels."""
    merged: list[Span] = []
    for a, b in parts:
        if merged and not _stands_alone(text[a:b], text[merged[-1][0] : merged[-1][1]][:_NAME]):
            merged[-1] = (merged[-1][0], b)
        else:
            merged.append((a, b))
    return merged


def _stands_alone(words: str, before: str) -> bool:
    """A part is a service of its own if it names a treatment, does not lean on the part before, and differs from it."""
    kinds = {kind for kind, _ in treatments_in(words)}
    earlier = {kind for kind, _ in treatments_in(before)}
    if not kinds or not earlier or _LEAN.search(words) or (kinds == {"surgery-associated"} and not codes_in(words)):
        return bool(kinds) and not earlier and len(before) > 60
    here, there = set(regions_in(words)), set(regions_in(before))
    elsewhere = bool(here and there) and not here & there
    return bool(kinds - earlier) or elsewhere or bool(codes_in(words) and codes_in(before))


def _first(text: str, sections: list[Section], kind: str) -> Span | None:
    """The body of the first section of a kind that has one."""
    bodies = (trim(text, body_start(text, s), s.end) for s in sections if s.kind == kind)
    return next(((a, b) for a, b in bodies if a < b), None)


def _outcomes(
    text: str, sections: list[Section], services: list[tuple[str, Span]], arguments: list[Span | None]
) -> tuple[list[_Verdict], tuple[str, ...]]:
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


def _prose(text: str, sections: list[Section], kind: str) -> _Verdict:
    """What a section's own sentences conclude."""
    found = (verdict_in_prose(text, body_start(text, s), s.end) for s in sections if s.kind == kind)
    return next((verdict for verdict in found if verdict[1]), _UNCLEAR)


def _box(text: str, sections: list[Section]) -> tuple[_Verdict, Span | None]:
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
) -> list[_Verdict]:
    """Where a letter is decided in part: what is said of each service below the boxes, in the analysis, in its part."""
    said: dict[int, _Verdict] = {}
    for section in sections:
        if section.kind == "rationale":
            said |= _said_of(text, (body_start(text, section), section.end), services)
    if after:
        listed = list_items(text, *after)
        own = [verdict_in_prose(text, *item) for item in listed] if len(listed) == len(services) else []
        said |= {n: verdict for n, verdict in enumerate(own) if verdict[1]} or _said_of(text, after, services)
    for n, argument in enumerate(arguments):
        if n not in said and argument and arguments.count(argument) == 1:
            said[n] = verdict_in_prose(text, *argument)
    return [said.get(n, _UNCLEAR) for n in range(len(services))]


def _said_of(text: str, span: Span, services: list[str]) -> dict[int, _Verdict]:
    """The last row, sentence or clause that decides each service by its name."""
    said: dict[int, _Verdict] = {}
    names = _Names(services)
    for row in _ANSWER_ROW.finditer(text, *span):
        if (n := names.the_one(row.group(1))) is not None:
            said[n] = (Outcome.OVERTURNED if row.group(2).lower() == "yes" else Outcome.UPHELD), row.span()
    last: int | None = None
    for a, b in _statements(text, *span):
        words = squeeze(text[a:b])
        echo, found = is_echo(words), list[tuple[int, Outcome]]()
        who = last if echo else None
        for clause, outcome in verdicts_by_clause(words):
            who = names.the_one(clause) if names.any(clause) else who
            if who is not None and outcome:
                found.append((who, outcome))
        for n in {n for n, _ in found}:
            outcomes = {outcome for m, outcome in found if m == n} | ({said[n][0]} if echo and n == last else set())
            said[n] = (outcomes.pop() if len(outcomes) == 1 else Outcome.MIXED), (a, b)
        last = found[-1][0] if found else None
    return said


def _statements(text: str, start: int, end: int) -> list[Span]:
    """Sentences, and lines that end in a verdict, which have no full stop."""
    cuts = sorted({start, end} | {m.end() for m in _VERDICT_LINE.finditer(text, start, end)})
    return [span for a, b in pairwise(cuts) for span in sentences(text, a, b)]


class _Names:
    """The words that tell a letter's services apart, each service also by its place in the list."""

    def __init__(self, services: list[str]):
        self._own = [_keywords(service) for service in services]

    def any(self, words: str) -> bool:
        """Does it speak of any of the services?"""
        said = _keywords(words)
        return bool(self._places(words)) or any(own & said for own in self._own)

    def the_one(self, words: str) -> int | None:
        """The service that is spoken of more than any other."""
        if places := self._places(words):
            return places[0] if len(places) == 1 else None
        said = _keywords(words)
        scores = [len(own & said) - len(set().union(*self._own) - own & said) for own in self._own]
        best = max(scores)
        return scores.index(best) if best > 0 and scores.count(best) == 1 else None

    def heads(self, line: str) -> int | None:
        """The service whose heading the line is: most of its words are the service's own."""
        n = self.the_one(line)
        said = _keywords(line)
        return n if n is not None and (self._places(line) or 2 * len(self._own[n] & said) >= len(said)) else None

    def _places(self, words: str) -> list[int]:
        marks = [(m.group(1) or m.group(2)).lower() for m in _PLACE.finditer(words)]
        places = {int(mark) - 1 if mark.isdigit() else ord(mark) - ord("a") for mark in marks}
        return [place for place in places if 0 <= place < len(self._own)]


_PLACE = re.compile(r"\(([a-h]|\d)\)|\b(?:item|request|service|issue)\s*(?:#|no\.)?\s*(\d)\b", re.IGNORECASE)
_VERDICT_LINE = re.compile(
    r"^[^\n]*\b(?i:upheld|overturned|approved|denied|certified|necessary)\W*$(?=\s*(?:[A-Z(\d•-]|\Z))", re.MULTILINE
)


def _keywords(words: str) -> set[str]:
    kinds = {kind for kind, _ in treatments_in(words)}
    return kinds | {w for w in re.findall(r"[a-z]{4,}|\d{5}", words.lower()) if w not in _COMMON}


# Words that stand in the name of any service.
_COMMON = {
    *("with", "without", "from", "this", "that", "which", "were", "been", "medically", "necessary"),
    *("request", "requested", "service", "services", "patient", "item", "therapy", "visits", "sessions"),
    *("upheld", "overturned", "denied", "approved"),
}


def _arguments(text: str, sections: list[Section], services: list[str]) -> list[Span | None]:
    """The analysis, or for several services its own part where the reviewer wrote one each."""
    section = _first(text, sections, "rationale")
    if section is None:
        return [None] * len(services)
    if len(services) > 1:
        parts = list_items(text, *section)
        if len(parts) == len(services):
            return list(parts)
        if own := _headed_parts(text, *section, services) or _paragraph_parts(text, *section, services):
            return own
    return [section] * len(services)


_HEAD = re.compile(r"(?m)^[^\S\n]*(\S[^\n.]{2,80}?)(?:[.:](?=\s)|[^\S\n]*$)")


_PARAGRAPH = re.compile(r"(?:^|[.?!:)”\"]|\n[^\S\n]*)\n[^\S\n]*$")


def _headed_parts(text: str, start: int, end: int, services: list[str]) -> list[Span | None] | None:
    """Parts under a line, or behind a first phrase, that is the name of a service, if each service has one."""
    names = _Names(services)
    starts: list[tuple[int, int]] = []
    for head in _HEAD.finditer(text, start, end):
        opens = head.start() == start or _PARAGRAPH.search(text[max(start, head.start() - 80) : head.start(1)])
        n = names.heads(head.group(1)) if opens else None
        if n is not None and n not in (m for _, m in starts):
            starts.append((head.start(), n))
    return _parts_from(text, starts, end, len(services))


def _paragraph_parts(text: str, start: int, end: int, services: list[str]) -> list[Span | None] | None:
    """Parts that begin where a sentence first turns to each service, if they come in one run each."""
    kinds = [{kind for kind, _ in treatments_in(service)} for service in services]
    starts: list[tuple[int, int]] = []
    for a, b in sentences(text, start, end):
        said = {kind for kind, _ in treatments_in(text[a:b])}
        named = [n for n, own in enumerate(kinds) if own & said]
        if len(named) == 1 and (not starts or starts[-1][1] != named[0]):
            starts.append((a if starts else start, named[0]))
    return _parts_from(text, starts, end, len(services))


def _parts_from(text: str, starts: list[tuple[int, int]], end: int, count: int) -> list[Span | None] | None:
    """Each service's part from its start to the next one's, if every service has exactly one."""
    if sorted(n for _, n in starts) != list(range(count)):
        return None
    parts: list[Span | None] = [None] * count
    for (a, n), (b, _) in pairwise([*starts, (end, count)]):
        parts[n] = trim(text, a, b)
    return parts


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
