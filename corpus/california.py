"""California workers' compensation IMR letters -> Decision: one issue a service, each with its own rationale."""

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
from corpus.terms import credentials, guidelines_in, tag_service
from corpus.verdict import VERDICT, verdict_in_prose, verdict_in_sentence, verdict_of

HEADINGS = (
    heading("how-made", Voice.BOILERPLATE, r"HOW THE IMR FINAL DETERMINATION WAS MADE"),
    heading("documents", Voice.BOILERPLATE, r"(?:DOCUMENTS|(?:MEDICAL )?RECORDS) (?:REVIEWED|CONSIDERED)\b"),
    heading("dispute", Voice.BOILERPLATE, r"ISSUES?(?:\(S\))? (?:AT|IN) DISPUTE\b"),
    heading("history", Voice.HISTORY, r"(?:(?:CLINICAL|EXPERT REVIEWER) )?CASE SUMMARY\b"),
    heading(
        "decisions",
        Voice.BOILERPLATE,
        r"(?:IMR|INDEPENDENT MEDICAL REVIEW) (?:ISSUES?|DECISIONS?)(?:\(S\))?(?:, DECISIONS?(?:\(S\))?)?,?"
        r" AND RATIONALES?(?:\(S\))?",
    ),
    heading("guidelines", Voice.GUIDELINE, r"GUIDELINES? (?:CONSULTED|USED|CITED|RELIED)\b"),
    heading("rationale", Voice.REVIEWER, r"RATIONALE (?:FOR|AS TO) WHY [^.]{0,150}?\bNECESSARY\b"),
    heading(
        "qualifications", Voice.BOILERPLATE, r"(?:MEDICAL )?(?:REVIEWER(?:['’]S)? )?(?:QUALIFICATIONS|CREDENTIALS)\b"
    ),
    heading(
        "closing",
        Voice.BOILERPLATE,
        r"EFFECT OF THE DECISION\b|PROOF OF SERVICE\b|SINCERELY,|DISCLAIMER: MAXIMUS\b|/[A-Z]{2,4}[^\S\n]*$",
    ),
)
_LETTER = re.compile(
    r"IMR\s+(?:FINAL\s+DETERMINATION|ISSUES|DECISION)|INDEPENDENT\s+MEDICAL\s+REVIEW|MAXIMUS|IMR\s+Case\s+Number"
    r"|ISSUES?\s+(?:AT|IN)\s+DISPUTE",
    re.IGNORECASE,
)
# A letter's header and the account of its dates end within so many characters.
_HEAD = 4000
_CASE = re.compile(r"\bCM\d\d-\d{7}\b")

# The statements of the form, as it labels them, and as older letters put them into sentences.
_STATEMENT = re.compile(
    r"\b(?P<administrator>(?:The\s+)?Claims?\s+Administrator(?:['’]s)?\s+guidelines?\s*:)"
    r"|\b(?P<reviewer>(?:MAXIMUS|(?:The\s+)?(?:Expert|Physician)\s+Reviewer(?:['’]s)?)\s+guidelines?\s*:)",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"(?m)^[^\S\n]*(?:(?P<administrator>(?:The\s+)?Claims?\s+Administrator"
    r"(?:\s+(?:based|did\s+not\s+base|did\s+not\s+cite|cited|relied)|['’]s\s+decision\s+was\s+based))"
    r"|(?P<reviewer>(?:The\s+)?(?:Expert|Physician)\s+Reviewer\s+(?:based|did\s+not\s+base|did\s+not\s+cite|found|relied))"
    r"|(?:Section\s+of\s+the\s+(?:MTUS|Medical\s+Treatment\s+Utilization\s+Schedule)"
    r"|Medical\s+Treatment\s+Guidelines?(?:\(s\))?)\s+Relied\s+Upon)",
    re.IGNORECASE,
)
_RATIONALE = re.compile(
    r"(?:(?<=\n)|(?<=\.)\s+)[^\S\n]*(?:The\s+(?:Expert|Physician)\s+Reviewer['’]s\s+)?"
    r"(?:Decision\s+rationale|Rationale(?:\s+for\s+(?:the\s+)?decision)?)\s*:",
    re.IGNORECASE,
)
_TITLE_VERDICT = re.compile(
    rf"(?:[:;]|\s[-–—])\s*({VERDICT}\b(?:\s*\([^)]*\))?)\W*$|\b(?:is|are)(?:\s*:)?\s+({VERDICT})\b\W*$", re.IGNORECASE
)
_INTRODUCTION = re.compile(r"set\s+forth\s+below\s*:?|were\s+as\s+follows\s*:?", re.IGNORECASE)
_ITEM_NUMBER = re.compile(
    r"^\s*(?:(?:Issue|Item|Decision|No\.?)\s*(?:#|No\.?)?\s*)?\(?\d{1,2}[).:]\s+|^\s*[•●▪-]\s+", re.IGNORECASE
)
# The page's own words, wherever a page ends.
_FURNITURE = re.compile(r"(?im)^[^\n]*IMR\s+Case\s+Number:?\s*CM\d\d-\d{7}[^\n]*$|\bDecision(?=\s*:\s*\w+\W*\Z)")
_REMAINING = re.compile(r"\bremaining\b|\boriginal\s+request\b", re.IGNORECASE)
_REMAINDER = re.compile(
    r".*\b(?:remaining(?:\s+(?:IMR[\s-]+eligible\s+)?portion)?|original\s+request)\b,?"
    r"(?:\s+of\s+the\s+original\s+request)?,?\s*(?:of\s+|for\s+|is\s+)?(.+?)(?:\s+(?:is|are))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_ORIGINAL_REQUEST = re.compile(r"was\s+the\s+original\s+request", re.IGNORECASE)


def recognises(document: Document) -> bool:
    """A letter of California's review organization, by its case number or its own words in the first pages."""
    head = document.text[:20_000]
    return bool(_LETTER.search(head)) and bool(_CASE.search(head[:3000]) or not re.search(r"\bIRO\b", head[:3000]))


def parse(document: Document) -> Decision:
    text = document.text
    sections = split_sections(text, HEADINGS)
    blocks = _blocks(text, sections)
    history = " ".join(text[s.start : s.end] for s in sections if s.kind == "history")
    titles = [_service_and_verdict(text, block.title) for block in blocks]
    issues = tuple(_issue(text, number, blocks, titles, history) for number in range(len(blocks)))
    case = _CASE.search(text)
    return Decision(
        id=document.sha256[:12],
        source=document.source,
        sha256=document.sha256,
        text=text,
        pages=document.pages,
        jurisdiction="CA",
        kind="imr",
        case_number=case.group(0) if case else None,
        dates=dates_in(text[:_HEAD]),
        reviewer=credentials(_about_the_reviewer(text, sections, blocks)),
        patient=patient(history),
        sections=tuple(_with_issue_parts(sections, blocks)),
        issues=issues,
        warnings=document.warnings + (() if issues else ("no disputed service found",)),
    )


def _about_the_reviewer(text: str, sections: list[Section], blocks: list[_Block]) -> str:
    """What stands before the first service, and what the letter says of its reviewer behind it."""
    first = min((block.title[0] for block in blocks), default=len(text))
    behind = (s for s in sections if s.kind == "qualifications" and s.start > first)
    return text[:first] + "".join(text[s.start : s.end] for s in behind)


# A service's name, and the verdict its title carries.
_Title = tuple[str, tuple[Outcome, Span] | None]


class _Block:
    """One disputed service on the page: its title, the two guideline statements, its rationale."""

    def __init__(self, title: Span, administrator: Span, basis: Span, rationale: Span):
        self.title, self.administrator, self.basis, self.rationale = title, administrator, basis, rationale


def _blocks(text: str, sections: list[Section]) -> list[_Block]:
    body = next((s for s in sections if s.kind == "decisions"), None)
    return _stated_blocks(text, sections, body) if body else _question_blocks(text, sections)


def _stated_blocks(text: str, sections: list[Section], body: Section) -> list[_Block]:
    """One service to each rationale; its title ends where the statements before the rationale begin."""
    start = body_start(text, body)
    if introduction := _INTRODUCTION.search(text, start, min(body.end, start + 600)):
        start = introduction.end()
    statement = _STATEMENT if _STATEMENT.search(text, start) else _STATED
    anchors = _anchors(text, start, statement)
    if not anchors:
        return []
    last = anchors[-1][1]
    end = next((s.start for s in sections if s.start > last and s.kind != "rationale"), len(text))
    floors = [_first_floor(text, sections, start, anchors[0][0], bool(introduction)), *(close for _, close in anchors)]
    titles = [(_title_start(text, floor, at), at) for floor, (at, _) in zip(floors, anchors, strict=False)]
    if introduction:
        titles[0] = (trim(text, start, anchors[0][0])[0], anchors[0][0])
    titles = sorted(titles + _bare_titles(text, titles, end))
    closes = [title for title, _ in titles[1:]] + [end]
    return [_block(text, title, close, statement) for title, close in zip(titles, closes, strict=True)]


_NUMBERED_TITLE = re.compile(
    r"(?m)^[^\S\n]*(\d{1,2})[.)]\s+(?:[^\n.]|\.(?=\d)|\n(?=\S)){3,200}?\s(?:is|are)\s+(?:not\s+)?medically\s+necessary"
    r"(?:\s+and\s+appropriate)?\."
)


def _bare_titles(text: str, titles: list[Span], end: int) -> list[Span]:
    """Numbered titles with nothing but a sentence behind them, as services have that follow the one before."""
    found = {int(m.group(1)): m.span() for m in _NUMBERED_TITLE.finditer(text, titles[0][0], end)}
    numbers = sorted(found)
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) <= len(titles):
        return []
    return [span for span in found.values() if not any(a - 5 <= span[0] <= b for a, b in titles)]


def _anchors(text: str, start: int, statement: re.Pattern[str]) -> list[Span]:
    """Where each service's statements begin, and where its rationale does."""
    labels = [m.end() for m in _RATIONALE.finditer(text, start)]
    if not labels:
        return [(m.start(), m.end()) for m in statement.finditer(text, start) if m["administrator"]]
    anchors = []
    for floor, label in pairwise([start, *labels]):
        first = statement.search(text, floor, label) or _RATIONALE.search(text, floor)
        anchors.append((first.start() if first else label, label))
    return anchors


def _first_floor(text: str, sections: list[Section], start: int, anchor: int, introduced: bool) -> int:
    """Where the first title may begin: behind the introduction, else in the section that holds it."""
    holder = next((s for s in reversed(sections) if start <= s.start <= anchor), None)
    return body_start(text, holder) if holder and not introduced else start


def _block(text: str, title: Span, end: int, statement: re.Pattern[str]) -> _Block:
    anchor = title[1]
    rationale = _RATIONALE.search(text, anchor, end)
    stop = rationale.start() if rationale else end
    basis = next((m.start() for m in statement.finditer(text, anchor, stop) if m["reviewer"]), None)
    basis_start = basis if basis is not None else rationale.start() if rationale else anchor
    bare = not rationale and not statement.search(text, anchor, end)
    rationale_start = rationale.end() if rationale else anchor if bare else _after_statement(text, basis_start, end)
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
    """The line, or in a text without lines the sentence, on which the title begins.

    It is the last one that follows a finished sentence; a title can itself hold full stops ("X was the original
    request. Y was authorized ..."), so a line that cannot open a title hands over to the line before it.
    """
    lines = [floor + m.end() for m in re.finditer(r"\n", text[floor:anchor]) if text[floor + m.end() : anchor].strip()]
    lines = [line for line in lines if text[line:].split("\n", 1)[0].strip()]
    if not lines:
        return sentences(text, floor, anchor)[-1][0] if text[floor:anchor].strip() else anchor
    best = None
    for line in reversed(lines):
        before = text[floor:line].rstrip()
        finished = re.search(r"[.?!:][\"”’)\]]*$|[\])]$", before) or not before
        if not finished and not _ITEM_NUMBER.match(text[line:anchor]):
            continue
        if _opens_title(squeeze(text[line:anchor]), squeeze(before[-160:])):
            return line
        best = best or line
    return best if best is not None else _unfinished(text, lines, anchor)


def _unfinished(text: str, lines: list[int], anchor: int) -> int:
    """Where the rationale before ends without a full stop: the last line that can open a title."""
    return next((line for line in reversed(lines) if _opens_title(squeeze(text[line:anchor]), "")), lines[-1])


def _opens_title(words: str, before: str) -> bool:
    if words[:1].islower() or words[:1] == "#" or _VERDICT_ALONE.match(words):
        return False
    if _REMAINING.search(words) and (not _ORIGINAL_REQUEST.search(words) or _ORIGINAL_REQUEST.search(before[-120:])):
        return False
    return not _DOSE.search(before)


_VERDICT_ALONE = re.compile(rf"(?:Decision\s*:\s*)?{VERDICT}", re.IGNORECASE)
# Abbreviations a title may hold, whose full stop does not finish the rationale before it.
_DOSE = re.compile(r"\b(?:mg|ml|gm|tab|tabs|cap|caps|oz|vs|No|e\.g|i\.e|approx|(?:[a-z]\.){1,3}[a-z])\.$")


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


def _issue(text: str, number: int, blocks: list[_Block], titles: list[_Title], history: str) -> Issue:
    block, (service, verdict) = blocks[number], titles[number]
    outcome, span = verdict if verdict else verdict_in_prose(text, *block.rationale)
    beside = [name for n, (name, _) in enumerate(titles) if n != number]
    return Issue(
        number=number,
        service=service,
        start=block.title[0],
        end=block.title[1],
        outcome=outcome,
        outcome_span=span,
        rationale=block.rationale,
        guidelines={
            "administrator": guidelines_in(text[slice(*block.administrator)]),
            "reviewer": guidelines_in(text[slice(*block.basis)]),
        },
        **tag_service(service, history, beside),
    )


def _service_and_verdict(text: str, title: Span) -> _Title:
    """The title without its verdict, number and question, and the verdict with its span if the title carries one."""
    start, end = title
    words = _FURNITURE.sub(lambda m: " " * len(m.group(0)), text[start:end])
    verdict: tuple[Outcome, Span] | None = None
    if stated := _TITLE_VERDICT.search(words):
        group = 1 if stated.group(1) else 2
        verdict = verdict_of(stated.group(group)), (start + stated.start(group), start + stated.end(group))
        words = words[: stated.start()]
    elif not words.rstrip().endswith("?") and (outcome := verdict_in_sentence(squeeze(words))):
        verdict = outcome, trim(text, start, end)
    service = squeeze(_ITEM_NUMBER.sub("", words))
    if _REMAINING.search(service) and (rest := _REMAINDER.match(service)):
        service = rest.group(1)
    return service_name(service), verdict


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
