"""California workers' compensation IMR letters -> Decision: one issue a disputed service, each with its own rationale."""

from __future__ import annotations

import re
from itertools import pairwise

from corpus.decision import Decision, Issue, Outcome, Section, Span, Voice
from corpus.layout import body_start, heading, labelled, list_items, parse_date, patient, split_sections
from corpus.read import Document
from corpus.sentences import sentences, squeeze, trim
from corpus.terms import credentials, guidelines_in, tag_service
from corpus.verdict import VERDICT, verdict_in_prose, verdict_in_sentence, verdict_of

HEADINGS = (
    heading("how-made", Voice.BOILERPLATE, r"HOW THE IMR FINAL DETERMINATION WAS MADE"),
    heading("documents", Voice.BOILERPLATE, r"(?:DOCUMENTS|(?:MEDICAL )?RECORDS) (?:REVIEWED|CONSIDERED)\b"),
    heading("dispute", Voice.BOILERPLATE, r"ISSUES?(?:\(S\))? (?:AT|IN) DISPUTE\b"),
    heading("history", Voice.HISTORY, r"(?:CLINICAL )?CASE SUMMARY\b"),
    heading("decisions", Voice.BOILERPLATE, r"IMR (?:ISSUES?|DECISIONS?)(?:\(S\))?(?:, DECISIONS?(?:\(S\))?)?,? AND RATIONALES?(?:\(S\))?"),
    heading("guidelines", Voice.GUIDELINE, r"GUIDELINES? (?:CONSULTED|USED|CITED|RELIED)\b"),
    heading("rationale", Voice.REVIEWER, r"RATIONALE (?:FOR|AS TO) WHY [^.\n]{0,90}(?:\n[^.\n]{0,60})?NECESSARY\b"),
    heading("qualifications", Voice.BOILERPLATE, r"(?:MEDICAL )?REVIEWER(?:['’]S)? (?:QUALIFICATIONS|CREDENTIALS)\b"),
)
_LETTER = re.compile(
    r"IMR\s+(?:FINAL\s+DETERMINATION|ISSUES|DECISION)|INDEPENDENT\s+MEDICAL\s+REVIEW|MAXIMUS|IMR\s+Case\s+Number|ISSUES?\s+(?:AT|IN)\s+DISPUTE",
    re.IGNORECASE,
)
_CASE = re.compile(r"\bCM\d\d-\d{7}\b")

# The statement that opens the body of every disputed service; its title stands before it.
_ADMINISTRATOR = re.compile(
    r"(?m)^[^\S\n]*(?:(?:The\s+)?Claims?\s+Administrator(?:['’]s)?\s+guidelines?\s*:?"
    r"|The\s+Claims?\s+Administrator\s+(?:based|did\s+not\s+base|did\s+not\s+cite|cited|relied))",
    re.IGNORECASE,
)
_REVIEWER_BASIS = re.compile(
    r"(?m)^[^\S\n]*(?:MAXIMUS\s+guidelines?\s*:|(?:The\s+)?(?:Expert|Physician)\s+Reviewer(?:['’]s)?\s+guidelines?\s*:"
    r"|The\s+(?:Expert|Physician)\s+Reviewer\s+(?:based|did\s+not\s+base|did\s+not\s+cite|found|relied))",
    re.IGNORECASE,
)
_RATIONALE = re.compile(
    r"(?m)^[^\S\n]*(?:The\s+(?:Expert|Physician)\s+Reviewer['’]s\s+)?(?:Decision\s+rationale|Rationale(?:\s+for\s+(?:the\s+)?decision)?)\s*:",
    re.IGNORECASE,
)
_TITLE_VERDICT = re.compile(rf":\s*({VERDICT})\b\W*$|\bis\s+({VERDICT})\b\W*$", re.IGNORECASE)
_INTRODUCTION = re.compile(r"set\s+forth\s+below\s*:?|were\s+as\s+follows\s*:?", re.IGNORECASE)
_ITEM_NUMBER = re.compile(r"^\s*(?:(?:Issue|Item|Decision|No\.?)\s*(?:#|No\.?)?\s*)?\(?\d{1,2}[).:]\s*|^\s*[•●▪-]\s+")
_REGARDING = re.compile(r"^(?:Regarding|As\s+to|With\s+regard\s+to|Decision\s+for|In\s+regard\s+to|Whether)\s+(?:the\s+)?(?:request(?:ed)?\s+(?:for\s+)?)?", re.IGNORECASE)
_NECESSITY_TAIL = re.compile(r"\s+(?:is|are|was|were)\s+(?:not\s+)?(?:found\s+|deemed\s+)?(?:to\s+be\s+)?medically\s+necessary\b.*$", re.IGNORECASE | re.DOTALL)
_ORIGINAL_REQUEST = re.compile(r"was\s+the\s+original\s+request", re.IGNORECASE)
_REMAINDER = re.compile(r"remaining\s+(?:IMR[\s-]+eligible\s+)?portion", re.IGNORECASE)
_REMAINING_SERVICE = re.compile(r"original\s+request\s*,?\s*(?:of\s+|for\s+|is\s+)?(.+?)(?:\s+is)?\s*$", re.IGNORECASE | re.DOTALL)


def recognises(document: Document) -> bool:
    """A letter of California's review organization, by its own words in the first pages."""
    return bool(_LETTER.search(document.text[:20_000])) and not re.search(r"\bIRO\b", document.text[:3000])


def parse(document: Document) -> Decision:
    text = document.text
    sections = split_sections(text, HEADINGS)
    blocks = _blocks(text, sections)
    history = " ".join(text[s.start : s.end] for s in sections if s.kind == "history")
    issues = tuple(_issue(text, number, block, history) for number, block in enumerate(blocks))
    case = _CASE.search(text)
    return Decision(
        id=document.sha256[:12],
        source=document.source,
        sha256=document.sha256,
        text=text,
        pages=document.pages,
        jurisdiction="CA",
        kind="imr",
        case_number=case.group(0) if case else labelled(text[:4000], r"Case\s+Number", 24),
        dates=_dates(text),
        reviewer=credentials(text[: sections[-1].end if not blocks else blocks[0].title[0]]),
        patient=patient(history),
        sections=tuple(_with_issue_parts(sections, blocks)),
        issues=issues,
        warnings=document.warnings + (() if issues else ("no disputed service found",)),
    )


class _Block:
    """One disputed service on the page: its title, the two guideline statements, its rationale."""

    def __init__(self, title: Span, administrator: Span, basis: Span, rationale: Span):
        self.title, self.administrator, self.basis, self.rationale = title, administrator, basis, rationale


def _blocks(text: str, sections: list[Section]) -> list[_Block]:
    body = next((s for s in sections if s.kind == "decisions"), None)
    if body:
        tail = next((s.start for s in sections if s.start > body.start and s.kind != "rationale"), len(text))
        return _stated_blocks(text, body_start(text, body), tail)
    return _question_blocks(text, sections)


def _stated_blocks(text: str, start: int, end: int) -> list[_Block]:
    """Each 'Claims Administrator guideline' statement opens one service; its title ends where the statement begins."""
    introduction = _INTRODUCTION.search(text, start, min(end, start + 600))
    start = introduction.end() if introduction else start
    anchors = [m.start() for m in _ADMINISTRATOR.finditer(text, start, end)]
    if not anchors:
        anchors = [m.start() for m in _RATIONALE.finditer(text, start, end)]
    titles = []
    for number, anchor in enumerate(anchors):
        floor = start if number == 0 else _rationale_floor(text, anchors[number - 1], anchor)
        titles.append((_title_start(text, floor, anchor) if number else trim(text, start, anchor)[0], anchor))
    blocks = []
    for (title_start, anchor), (close, _) in pairwise([*titles, (end, end)]):
        blocks.append(_block(text, (title_start, anchor), close))
    return blocks


def _rationale_floor(text: str, previous: int, anchor: int) -> int:
    """Where the rationale before a title begins: no title can reach above it."""
    found = _RATIONALE.search(text, previous, anchor) or _REVIEWER_BASIS.search(text, previous, anchor)
    return found.end() if found else previous


def _block(text: str, title: Span, end: int) -> _Block:
    anchor = title[1]
    rationale = _RATIONALE.search(text, anchor, end)
    basis = _REVIEWER_BASIS.search(text, anchor, rationale.start() if rationale else end)
    basis_start = basis.start() if basis else rationale.start() if rationale else anchor
    rationale_start = rationale.end() if rationale else _after_statement(text, basis_start, end)
    return _Block(
        trim(text, *title),
        trim(text, anchor, basis_start),
        trim(text, basis_start, rationale.start() if rationale else rationale_start),
        trim(text, rationale_start, end),
    )


def _after_statement(text: str, start: int, end: int) -> int:
    """Without a 'rationale' label, the rationale begins after the sentence that names the reviewer's guideline."""
    spans = sentences(text, start, end)
    return spans[0][1] if spans else end


def _title_start(text: str, floor: int, anchor: int) -> int:
    """The line on which the title begins: the last one that follows a finished sentence.

    A title can itself hold full stops ("X was the original request. Y was authorized ..."), so a line that
    cannot open a title hands over to the line before it.
    """
    starts = [m.end() for m in re.finditer(r"(?<![\w.])\n|\n", text[floor:anchor])]
    lines = [floor + s for s in starts if floor + s < anchor]
    best = None
    for line in reversed(lines):
        if not text[line:anchor].strip() or not text[line:].split("\n", 1)[0].strip():
            continue
        before = text[floor:line].rstrip()
        if not re.search(r"[.?!][\"”’)\]]*$|[\])]$", before):
            continue
        words = squeeze(text[line:anchor])
        if _opens_title(words, squeeze(before[-160:])):
            return line
        best = best or line
    return best if best is not None else trim(text, floor, anchor)[0]


def _opens_title(words: str, before: str) -> bool:
    if words[:1].islower() or re.match(VERDICT, words, re.IGNORECASE):
        return False
    if _REMAINDER.search(words) and not _ORIGINAL_REQUEST.search(words):
        return False
    if _ORIGINAL_REQUEST.search(before[-120:]) and _REMAINDER.search(words):
        return False
    return not re.search(r"\b(?:mg|ml|gm|tab|tabs|cap|caps|oz|vs|No|e\.g|approx)\.$", before)


def _question_blocks(text: str, sections: list[Section]) -> list[_Block]:
    """The 'Issue at dispute ... rationale for why' layout: services are listed first and argued afterwards."""
    dispute = next((s for s in sections if s.kind == "dispute"), None)
    rationale = [s for s in sections if s.kind == "rationale"]
    if not dispute or not rationale:
        return []
    guidelines = next((s for s in sections if s.kind == "guidelines"), dispute)
    titles = list_items(text, body_start(text, dispute), dispute.end)
    arguments = _arguments(text, rationale, len(titles))
    none = (dispute.end, dispute.end)
    basis = trim(text, body_start(text, guidelines), guidelines.end) if guidelines is not dispute else none
    return [_Block(title, none, basis, argument) for title, argument in zip(titles, arguments, strict=True)]


def _arguments(text: str, rationale: list[Section], count: int) -> list[Span]:
    """One argument a service: a rationale section each, numbered parts of one, or all of it for every service."""
    spans = [trim(text, body_start(text, s), s.end) for s in rationale]
    if len(spans) == count:
        return spans
    start, end = spans[0]
    parts = [item for item in list_items(text, start, end) if item[1] > item[0]]
    return parts if len(parts) == count else [(start, end)] * count


def _issue(text: str, number: int, block: _Block, history: str) -> Issue:
    service, verdict = _service_and_verdict(text, block.title)
    outcome, span = verdict if verdict else verdict_in_prose(text, *block.rationale)
    start, end = block.title
    tags = tag_service(service, history)
    return Issue(
        number=number,
        service=service,
        start=start,
        end=end,
        outcome=outcome,
        outcome_span=span,
        rationale=block.rationale,
        guidelines={
            "administrator": guidelines_in(text[slice(*block.administrator)]),
            "reviewer": guidelines_in(text[slice(*block.basis)]),
        },
        **tags,
    )


def _service_and_verdict(text: str, title: Span) -> tuple[str, tuple[Outcome, Span] | None]:
    """The title without its verdict and number, and the verdict with its span if the title carries one."""
    start, end = title
    words = text[start:end]
    verdict: tuple[Outcome, Span] | None = None
    if stated := _TITLE_VERDICT.search(words):
        group = 1 if stated.group(1) else 2
        verdict = verdict_of(stated.group(group)), (start + stated.start(group), start + stated.end(group))
        words = words[: stated.start()]
    elif (tail := _NECESSITY_TAIL.search(words)) and not words.lstrip().lower().startswith("whether"):
        outcome = verdict_in_sentence(squeeze(tail.group(0)))
        verdict = (outcome, trim(text, start + tail.start(), start + tail.end())) if outcome else None
        words = words[: tail.start()]
    service = _REGARDING.sub("", _ITEM_NUMBER.sub("", squeeze(words))).rstrip(" :.?")
    if _ORIGINAL_REQUEST.search(service) and (rest := _REMAINING_SERVICE.search(service.split("remaining", 1)[-1])):
        service = rest.group(1)
    return _NECESSITY_TAIL.sub("", service).strip(), verdict


def _with_issue_parts(sections: list[Section], blocks: list[_Block]) -> list[Section]:
    """The sections with each issue's parts cut out of the one that held them."""
    parts = []
    for number, block in enumerate(blocks):
        for kind, voice, (start, end) in (
            ("service", Voice.UNKNOWN, block.title),
            ("administrator-guideline", Voice.GUIDELINE, block.administrator),
            ("reviewer-guideline", Voice.GUIDELINE, block.basis),
            ("rationale", Voice.REVIEWER, block.rationale),
        ):
            if start < end:
                parts.append(Section(kind, "", start, end, voice, number))
    first = min((p.start for p in parts), default=None)
    if first is None or not any(s.kind == "decisions" for s in sections):
        return sections
    last = max(p.end for p in parts)
    kept = [s for s in sections if s.end <= first or s.start >= last]
    holder = next(s for s in sections if s.start <= first < s.end)
    kept.append(Section(holder.kind, holder.heading, holder.start, first, holder.voice))
    return sorted(kept + parts, key=lambda s: s.start)


def _dates(text: str) -> dict[str, str | None]:
    head = text[:4000]
    labels = {
        "decision": r"(?:Decision\s+Date|Dated|Date\s+of\s+Report|Date\s+of\s+Decision)",
        "injury": r"Date\s+of\s+Injury",
        "assigned": r"Date\s+Assigned",
        "received": r"(?:Application\s+)?Received",
        "ur_denial": r"UR\s+Denial\s+Date",
    }
    return {name: parse_date(labelled(head, label, 24) or "") for name, label in labels.items()}
