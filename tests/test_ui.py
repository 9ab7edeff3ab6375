"""The page: nothing of a document becomes markup, and a person gets from the question to the marked passage."""

import shutil
import socket
import threading
import time
import urllib.request
from html.parser import HTMLParser

import pytest
from letters import samples

from app.answer import Answer, Citation, Result, Sentence, ask
from app.ui import answer_html, decision_html, serve
from corpus.decision import Decision, Outcome, Voice

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>&amp;</b></div>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
TAGS = {"p", "b", "a", "span", "article", "blockquote", "div", "details", "summary", "ul", "li", "h2", "mark"}


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
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data
        self.marked += data if "mark" in self.open else ""


def harmless(html: str) -> Page:
    page = Page(html)
    assert page.tags <= TAGS and not page.open
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "style", "srcdoc")]
    assert all(value.startswith("#card-") for name, value in page.attributes if name == "href")
    return page


def evil_answer(**more) -> Answer:
    citation = Citation(1, EVIL, EVIL, EVIL, 0, EVIL, Voice.REVIEWER, 1, 0, 9, EVIL, EVIL)
    return Answer(
        EVIL,
        EVIL,
        interpretation=({"field": EVIL, "value": EVIL, "from": EVIL},),
        answer=(Sentence(EVIL, (1,)),),
        results=(Result(EVIL, EVIL, EVIL, 0, EVIL, Outcome.UPHELD, 1.0, (1,)),),
        excluded=({"decision": EVIL, "case_number": None, "source": EVIL, "issue": 0, "service": EVIL, "why": EVIL},),
        citations=(citation,),
        **more,
    )


@pytest.mark.parametrize("more", [{}, {"abstained": EVIL, "because": EVIL}], ids=["an answer", "an abstention"])
def test_every_word_of_an_answer_is_a_word(more):
    page = harmless(answer_html(evil_answer(**more)))
    assert (
        page.words.count("<script>alert(1)</script>") == answer_html(evil_answer(**more)).count("&lt;script&gt;") >= 8
    )


def test_an_answer_shows_its_reading_sentences_cards_and_what_was_left_out(index):
    answer = ask(index, "lumbar MRI denials")
    page = harmless(answer_html(answer))
    assert ("id", "card-1") in page.attributes and ("href", "#card-1") in page.attributes
    for said in (answer.answer[0].text, answer.citations[0].reference, "outcome: upheld", "Left out: 1", "reviewer"):
        assert said in page.words


def test_an_abstention_shows_why(index):
    page = harmless(answer_html(ask(index, "gym membership denials")))
    assert "No answer (no-match)" in page.words and "gym" in page.words and "article" not in page.tags


@pytest.mark.parametrize("span", [(0, 0), (0, 10), (57, 60), (0, len(EVIL) + 6), (len(EVIL), len(EVIL) + 6)], ids=str)
def test_every_word_of_a_decision_is_a_word_and_the_mark_is_the_span(span):
    text = f"{EVIL}\n\tend "
    decision = Decision("x", EVIL, "0", text, ((0, len(text)),), None, "plain")
    page = harmless(decision_html(decision, *span))
    assert page.marked == text[slice(*span)]
    assert page.words == f"{EVIL} (case no. redacted in source){text}"


def test_a_letter_is_shown_whole_with_its_passage_marked():
    decision = samples()["CM15-9000102.txt"]
    start, end = decision.issues[1].rationale
    page = harmless(decision_html(decision, start, end))
    assert page.marked == decision.text[start:end] and page.words == decision.case_number + decision.text


# ---- in a browser ------------------------------------------------------------


@pytest.fixture(scope="module")
def address(index):
    """The page, served as the command serves it, until the tests end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    threading.Thread(target=serve, args=(index, port), daemon=True).start()
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            return f"http://127.0.0.1:{port}/"
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the page did not come up")


@pytest.fixture
def tab(address):
    """A browser's tab with what it complained of and whom it asked."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        tab = browser.new_page(viewport={"width": 1200, "height": 900})
        tab.complaints, tab.strangers = [], []
        tab.on("console", lambda message: tab.complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        ours = (address, "data:", "blob:")
        tab.on("request", lambda asked: None if asked.url.startswith(ours) else tab.strangers.append(asked.url))
        tab.goto(address)
        yield tab
        browser.close()


def in_view(tab, selector: str) -> bool:
    box = tab.locator(selector).bounding_box()
    return bool(box) and box["y"] < tab.viewport_size["height"] and box["y"] + box["height"] > 0


@pytest.mark.browser
def test_from_the_question_to_the_marked_passage(tab, index):
    answer = ask(index, "lumbar MRI denials")
    field = tab.locator("#question textarea, #question input").first
    field.fill("lumbar MRI denials")
    field.press("Enter")
    tab.wait_for_selector("#card-1", timeout=10_000)
    assert tab.locator(".pr-card").count() == len(answer.citations)
    tab.locator("#evidence input[type=radio]").last.click()
    tab.wait_for_selector(".pr-text mark", timeout=10_000)
    tab.wait_for_timeout(500)
    marked = tab.locator(".pr-text mark").inner_text()
    assert marked.split() == answer.citations[-1].quote.split() and in_view(tab, ".pr-text mark")
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.wait_for_timeout(300)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert (tab.complaints, tab.strangers) == ([], [])
