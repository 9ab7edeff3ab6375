"""What the places show: every word of a document stays a word, and every state has its link."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.address import Address, read
from app.answer import ask
from app.browse import sheet
from app.cited import Answer, Citation, Result, Sentence
from app.library import Library
from app.settings import Settings
from app.ui import ask as ask_place
from app.ui import browse, decision, precedents
from app.ui.page import places, show
from app.ui.render import render
from corpus.decision import Outcome, Voice

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>&amp;</b></div>"
TAGS = {
    *("a", "article", "aside", "b", "blockquote", "br", "button", "details", "div", "dl", "dd", "dt", "figcaption"),
    *("figure", "h2", "h3", "header", "i", "img", "li", "mark", "nav", "ol", "option", "p", "q", "s", "section"),
    *("select", "small", "span", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}


class Page(HTMLParser):
    """The tags, attributes and words of a piece of HTML, as a browser takes them."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.open, self.marked, self.words = set(), [], [], "", ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data
        self.marked += data if "mark" in self.open else ""

    def links(self):
        return [value for name, value in self.attributes if name == "href"]


def harmless(html: str) -> Page:
    page = Page(html)
    assert page.tags <= TAGS and not page.open
    for name, value in page.attributes:
        assert not name.startswith("on") and name != "srcdoc"
        assert name not in ("href", "src") or (value.startswith(("/", "#")) and not value.startswith("//"))
        assert name != "style" or (value.startswith("--share:") and EVIL not in value)
    return page


@pytest.fixture(scope="module")
def library(small, index):
    return Library(Settings(small, "stand-in"))


def shown(place, library, url, given="") -> Page:
    return harmless(list(place.PLACE.view(library, read(url), given))[-1])


# ---- nothing of a document is markup ------------------------------------------------------------------------------


def evil_answer(**more) -> Answer:
    citation = Citation(1, EVIL, EVIL, EVIL, 0, EVIL, Voice.REVIEWER, 1, 0, 9, EVIL, EVIL)
    return Answer(
        EVIL,
        "list",
        interpretation=({"field": EVIL, "value": EVIL, "from": EVIL},),
        answer=(Sentence(EVIL, (1,)),),
        results=tuple(Result(EVIL, EVIL, EVIL, n, EVIL, Outcome.UPHELD, 1.0, (1,)) for n in range(2)),
        excluded=({"decision": EVIL, "case_number": None, "source": EVIL, "issue": 0, "service": EVIL, "why": EVIL},),
        citations=(citation,),
        **more,
    )


MORE = {"abstained": "no-match", "because": EVIL, "model": EVIL, "notices": (EVIL,)}


@pytest.mark.parametrize("more", [{}, MORE], ids=["an answer", "an abstention"])
@pytest.mark.parametrize("view", ["", "table"])
def test_every_word_of_an_answer_is_a_word(more, view):
    answer = evil_answer(**more)
    here = Address("", "", (("q", EVIL), ("off", f"region:{EVIL}"), ("view", view)))
    page = harmless(
        render(
            "ask.html",
            here=here,
            answer=answer,
            sheet=sheet(answer.results, {}, "", 1),
            cited={1: answer.citations[0]},
            put=set(),
            whole=True,
        )
    )
    assert page.words.count("<script>alert(1)</script>") >= 6


def test_every_word_of_a_decision_and_of_its_facts_is_a_word(library, monkeypatch):
    catalog = library.index().catalog
    real = catalog.decision(catalog.find_decisions("CM15-9000102")[0])
    text = EVIL + real.text[len(EVIL) :]
    evil = replace(
        real, text=text, source=EVIL, case_number=EVIL, warnings=(EVIL,), patient={"age": 3, "sex": EVIL},
        issues=tuple(replace(issue, service=EVIL) for issue in real.issues),
    )  # fmt: skip
    stored = catalog.decision
    monkeypatch.setattr(catalog, "decision", lambda id_: evil if id_ == real.id else stored(id_))
    page = shown(decision, library, f"/decision/{real.id}?mark=0-{len(EVIL)}")
    assert page.marked == EVIL and page.words.count("<script>") >= 5
    page = shown(browse, library, "/browse")
    assert page.words.count("<script>") >= 2


@pytest.mark.parametrize("place", ["", "browse", "decision", "precedents"])
def test_addresses_of_any_kind_break_nothing(library, place):
    for value in (EVIL, "%", "\x00", "..", "9" * 50, "a:b:c", "upheld"):
        keys = ("q", "off", "with", "like", "outcome", "sort", "page", "mark")
        here = Address(place, "CM15-9000102", tuple((key, value) for key in keys))
        page = harmless(list(show(library, places(), here.href, value))[-1])
        assert "The program failed" not in page.words


# ---- Ask ----------------------------------------------------------------------------------------------------------


def test_an_answer_shows_its_reading_sentences_cards_and_what_was_left_out(library):
    answer = ask(library.index(), "lumbar MRI denials")
    page = shown(ask_place, library, "/?q=lumbar+MRI+denials")
    assert ("id", "c1") in page.attributes and "#c1" in page.links()
    for said in (answer.answer[0].text, answer.citations[0].reference, "Outcome", "Left out: 1", "Reviewer’s finding"):
        assert said in page.words
    assert any(link.startswith(f"/decision/{answer.citations[0].decision}?mark=") for link in page.links())


def test_what_was_understood_comes_before_the_answer(library):
    pieces = list(ask_place.view(library, read("/?q=lumbar+MRI+denials"), ""))
    assert len(pieces) == 2
    assert "data-whole" not in pieces[0] and "Outcome" in Page(pieces[0]).words and "<article" not in pieces[0]
    assert "data-whole" in pieces[1]


def test_a_reading_is_undone_changed_and_taken_in_again_by_links(library):
    page = shown(ask_place, library, "/?q=lumbar+MRI+denials")
    undone = next(link for link in page.links() if "off=outcome" in link)
    both = ask(library.index(), "lumbar MRI denials", {("outcome", "upheld")})
    again = shown(ask_place, library, undone)
    assert f"{len(both.results)} issues" in again.words and "/?q=lumbar+MRI+denials" in again.links()
    changed = shown(ask_place, library, "/?q=lumbar+MRI+denials&outcome=overturned")
    assert ("class", "badge overturned") in changed.attributes and ("class", "badge upheld") not in changed.attributes


def test_a_refusal_says_why_and_offers_what_would_be_found(library):
    page = shown(ask_place, library, "/?q=shoulder+MRI+denials+in+Texas")
    answer = ask(library.index(), "shoulder MRI denials in Texas")
    assert answer.abstained and answer.relaxations and answer.because in " ".join(page.words.split())
    for one in answer.relaxations:
        wider = next(k for k in page.links() if all(f"off={one['field']}%3A{v}" in k for v in one["values"]))
        assert shown(ask_place, library, wider).words.count("No match") == 0


def test_a_table_has_a_row_an_issue_and_sorts_by_its_columns(library):
    page = shown(ask_place, library, "/?q=denials&view=table&sort=-case")
    answer = ask(library.index(), "denials")
    assert page.attributes.count(("data-item", None)) == min(25, len(answer.results))
    assert ("aria-sort", "descending") in page.attributes and "/?q=denials&view=table&sort=case" in page.links()


def test_what_fails_is_told_in_a_sentence_without_a_word_of_a_document(library, caplog):
    def fails(*_):
        raise ValueError("PATIENT NAME")
        yield

    broken = [replace(places()[0], view=fails)]
    page = harmless(list(show(library, broken, "/", ""))[-1])
    assert "The program failed here" in page.words and "ValueError in the place 'Ask'" in caplog.text
    assert "PATIENT" not in page.words + caplog.text
    assert "no place" in harmless(list(show(library, broken, "/nowhere", ""))[-1]).words


# ---- the other places ---------------------------------------------------------------------------------------------


def test_every_bar_and_facet_is_a_link_to_its_list(library):
    page = shown(browse, library, "/browse")
    for link in {k for k in page.links() if "=" in k and "sort" not in k and k.startswith("/browse")}:
        assert "data-whole" in next(iter(browse.view(library, read(link), "")))
    assert "/browse?outcome=upheld" in page.links() and any("year=20" in link for link in page.links())


def test_a_decision_shows_its_issues_ledger_text_and_mark(library):
    catalog = library.index().catalog
    letter = catalog.decision(catalog.find_decisions("CM15-9000102")[0])
    reason = letter.issues[0].reasons[0]
    page = shown(decision, library, f"/decision/CM15-9000102?mark={reason.start}-{reason.end}")
    assert page.marked.split() == letter.quote(reason.start, reason.end).split()
    assert all(issue.service in page.words for issue in letter.issues)
    assert any(f"mark={reason.start}-{reason.end}" in link for link in page.links())
    assert ("id", "p1") in page.attributes and ("id", "i2") in page.attributes


def test_a_case_shows_what_was_decided_each_way_side_by_side(library):
    case = "A 45 year old man with low back pain asks for an MRI of the lumbar spine. The request was denied."
    page = shown(precedents, library, "/precedents?case=x", case)
    assert {("class", "badge upheld"), ("class", "badge overturned")} <= set(page.attributes)


def test_every_place_has_a_name_of_its_own():
    names = [place.name for place in places()]
    assert len(names) == len(set(names)) and {"", "precedents", "browse", "decision"} <= set(names)
