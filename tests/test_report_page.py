"""The report as a page: it needs nothing else, says everything, hides nothing and escapes what letters say."""

import re
from html.parser import HTMLParser

import pytest
from test_eval_run import QUESTIONS

from eval import curves, plots
from eval.page import page
from eval.questions import Labelled
from eval.run import Answered, Evaluation, evaluate
from eval.said import Cited, Claim, Said


@pytest.fixture(scope="module")
def found(index):
    return evaluate(index, QUESTIONS, ["ours", "bm25", "no-ledger"], name="few")


@pytest.fixture(scope="module")
def html(found, index):
    return page(found, index)


class Tags(HTMLParser):
    """Every tag is closed in its order; what a tag carries is kept."""

    VOID = ("meta", "rect", "path")

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open and self.open.pop() == tag, tag


def tags(html):
    parser = Tags()
    parser.feed(html)
    assert not parser.open
    return parser.seen


def test_the_page_is_whole_and_asks_nobody_for_anything(html):
    names = {name for name, _ in tags(html)}
    assert {"svg", "table", "details"} <= names and not names & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"https?://|@import|url\(", html)
    assert "prefers-color-scheme: dark" in html and "@media print" in html and 'lang="en"' in html


def test_the_page_says_what_was_measured(html, found):
    assert "5 questions (few) over 6 decisions" in html and "index stand-in:1" in html
    assert f"commit {found.facts['commit']}" in html and "has learned from 6 of these 6 letters" in html


def test_every_question_stands_there_with_its_members(html):
    assert html.count('<details class="question">') == len(QUESTIONS)
    for question in QUESTIONS:
        assert f"<b>{question.id}</b>" in html
    assert "Missed (1)" in html and "Found (" in html and "Refusal due: no-match" in html


def test_every_kind_has_its_table_and_its_plot(html):
    for title in ("Lists", "Counts", "Why", "Questions without an answer"):
        assert f"<h3>{title}</h3>" in html
    assert html.count("<figure>") == 5
    assert "ours without it" in html and "false refusals" in html and "milliseconds" in html


def test_what_a_letter_says_cannot_become_markup(index):
    question = Labelled("<i>", "list", "<script>?", {("A<b>", 0): 2}, frozenset(), quotes={("A<b>", 0): ("<q>&",)})
    cited = Cited(("A<b>", 0), "d", 0, 9, '<img src="x">')
    said = Said((("A<b>", 0),), because="<b>", claims=(Claim("…", (cited,)),))
    scores = {"p": 1.0, "r": 1.0, "f1": 1.0, "false_abstain": 0.0, "unanswered": 0.0}
    facts = {"commit": "x", "measured": "now", "model": None, "told": "<u>"}
    facts["index"] = {"fingerprint": "<s>", "decisions": 1, "issues": 1}
    html = page(Evaluation("<em>", facts, {"bm25": [Answered(question, said, scores, 0.1)]}, ["<left>"]), index)
    assert not {name for name, _ in tags(html)} & {"script", "img", "i", "u", "s", "em", "left"}
    assert "&lt;script&gt;" in html


def test_a_bar_is_as_high_as_its_mean():
    drawn = plots.bars({"list": {"ours": {"mean": 0.5, "low": 0.25, "high": 1.0}}}, "label")
    height = float(re.search(r'height="([\d.]+)"/>', drawn).group(1))
    assert height == pytest.approx((plots._HEIGHT - plots._TOP - plots._BOTTOM) / 2, abs=0.1)
    assert "list, ours: 0.50 (0.25 to 1.00)" in drawn and 'aria-label="label"' in drawn


@pytest.mark.parametrize(("highest", "end"), [(0.3, 1), (1, 1), (1.2, 2), (2.3, 2.5), (47, 50), (51, 100), (260, 500)])
def test_axes_end_at_round_numbers(highest, end):
    assert plots._nice(highest) == end


A, B, C, D = (("L", n) for n in range(4))


def answered(kind="list", ranking=(), relevant=(A, B), score=0.0, abstained=None, **scores):
    question = Labelled("q", kind, "?", dict.fromkeys(relevant, 2), frozenset())
    return Answered(question, Said(ranking=ranking, score=score, abstained=abstained), scores, 0.0)


def test_precision_is_interpolated_over_recall():
    line = curves.precision_recall([answered(ranking=(A, C, B))])
    assert line[:6] == [(n / 10, 1.0) for n in range(6)] and line[6:] == [(n / 10, 2 / 3) for n in range(6, 11)]
    assert curves.precision_recall([answered(ranking=(C,))])[0] == (0, 0)
    assert curves.precision_recall([answered("why")]) == []


def test_refusals_go_from_none_to_all_of_them():
    asked = [answered("list", score=s) for s in (0.9, 0.4)] + [answered("unanswerable", (), (), s) for s in (0.2, 0.5)]
    assert curves.refusals(asked) == [(0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1)]
    surely = [answered("list", score=0.1), answered("unanswerable", (), (), 0.0, "no-match")]
    assert curves.refusals(surely)[1] == (0, 1) and curves.refusals(asked[:2]) == []


def test_an_index_of_some_letters_answers_as_one_would(index, tmp_path):
    some = index.catalog.decision_ids()[:3]
    part = curves.part_of(index, some, tmp_path / "part")
    assert part.catalog.decision_ids() == some and part.search("lumbar MRI", 3)
    assert part.catalog.counts()["passages"] == len(index.catalog.passages_of(some))
    assert [at for at, _ in curves.speed(index, ["MRI denials"])] == [2, 3, 6]
