"""Text -> sentence spans, for text that was cut by a PDF: wrapped lines, missing spaces, abbreviations, lists."""

from __future__ import annotations

import re
from itertools import pairwise

from corpus.decision import Span

# A stop, with closing quotes or brackets, then space and something a sentence can begin with,
# or no space at all between a small letter and a capital ("pain.Medical reports", as scanned forms have it).
_STOP = re.compile(r"[.!?][\"”’')\]]*(?=\s+[\"“‘'(\[]*[A-Z0-9•●▪]|(?<=[a-z)]\.)[A-Z][a-z]|\s*\Z)")
_LIST_ITEM = re.compile(r"\n[ \t]*(?=(?:\(?\d{1,2}[.)]|\([a-z]\)|[•●▪*-])[ \t]+\S)")
# Abbreviations after which something follows by their meaning, and others that can as well end a sentence.
_INTRODUCES = re.compile(
    r"\b(?:Dr|Drs|Mr|Mrs|Ms|vs|v|Nos|Fig|Sec|St|e\.g|i\.e|cf|approx|pp|pg|pgs|ch|vol)\.$", re.IGNORECASE
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:No|Jr|Sr|Inc|al|dept|tab|tabs|cap|caps|mg|ml|gm|gms|oz|ed|eds|q|b\.i\.d|t\.i\.d|p\.r\.n|p\.o"
    r"|M\.D|D\.O|D\.C|Ph\.D|U\.S|a\.m|p\.m|Cal|Tex|Lab|Reg|Code)|(?<![\w.])[A-Z])\.$",
    re.IGNORECASE,
)
_OPENER = re.compile(
    r"[\"”’')\]]*\s+(?:The|This|That|These|There|It|Its|He|She|His|Her|They|Their|We|I|A|An|In|On|At|As|For|By|To|If"
    r"|No|Not|But|And|Therefore|Thus|However|Based|Given|Since|Because|When|While|After|Medical|Patient|Claimant)\s"
)
_NUMBERED = re.compile(r"(?:^|\n)\s*\(?\d{1,2}[.)]$")
# A run without any stop is cut at a space so that every later step stays linear.
_LONGEST = 1500


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of text[start:end], in order, without surrounding space."""
    end = len(text) if end is None else end
    cuts = {start, end}
    for stop in _STOP.finditer(text, start, end):
        if _finishes(text, start, stop.start() + 1):
            cuts.add(stop.end())
    cuts.update(item.end() for item in _LIST_ITEM.finditer(text, start, end))
    ordered = sorted(cuts)
    spans = (trim(text, a, b) for a, b in pairwise(ordered))
    return [piece for a, b in spans if a < b for piece in _pieces(text, a, b)]


def _finishes(text: str, start: int, end: int) -> bool:
    """Does the stop before `end` finish a sentence, or only an abbreviation or a number of a list?"""
    before = text[max(start, end - 13) : end]
    if _INTRODUCES.search(before) or _NUMBERED.search(before):
        return False
    return not _ABBREVIATION.search(before) or bool(_OPENER.match(text, end))


_QUOTED = re.compile(r"“([^“”]{2,4000})”|(?<!\w)\"(?!\s)((?:[^\"\n]|\n(?!\s*\n)){2,4000})(?<!\s)\"(?!\w)")


def quoted(text: str) -> list[Span]:
    """What stands between quotation marks, without them; a straight mark opens before a word and closes behind one."""
    return [next(m.span(n) for n in (1, 2) if m.group(n) is not None) for m in _QUOTED.finditer(text)]


def trim(text: str, start: int, end: int) -> Span:
    """The span without space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def squeeze(text: str) -> str:
    """The text on one line, as people read it."""
    return " ".join(text.split())


def _pieces(text: str, start: int, end: int) -> list[Span]:
    pieces = []
    while end - start > _LONGEST:
        cut = text.rfind(" ", start + _LONGEST // 2, start + _LONGEST)
        cut = cut if cut > start else start + _LONGEST
        pieces.append(trim(text, start, cut))
        start = cut
    pieces.append(trim(text, start, end))
    return [piece for piece in pieces if piece[0] < piece[1]]
