"""Search: both legs fused by rank, filters inside, names and phrases literally, the reviewer's own words first."""

from contextlib import closing

import pytest
from letters import UNNECESSARY, texas

from corpus.decision import Voice
from index.build import ingest
from index.catalog import Filter
from index.errors import IndexUnusable
from index.search import Index, expand, fuse


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        ([], {}),
        ([(1.0, [])], {}),
        ([(1.0, [(1, 0.9)])], {1: 1 / 11}),
        ([(0.7, [(1, 9.0), (2, 8.0)]), (0.3, [(2, 4.0), (3, 2.0)])], {1: 0.7 / 11, 2: 0.7 / 12 + 0.3 / 11, 3: 0.025}),
        ([(1.0, [(5, 0.1)]), (1.0, [(5, 99.0)]), (0.5, [(5, 3.0)])], {5: 2.5 / 11}),
    ],
)
def test_fusion_adds_the_weighted_reciprocals_of_ten_and_the_rank(legs, expected):
    assert fuse(legs) == pytest.approx(expected)


def test_one_first_place_beats_a_second_and_two_middling_places_beat_one_first():
    scores = fuse([(1.0, [(1, 9.0), (2, 8.0), (3, 7.0)]), (1.0, [(4, 9.0), (2, 8.0), (3, 7.0)])])
    assert sorted(scores, key=scores.get, reverse=True) == [2, 3, 1, 4]


@pytest.mark.parametrize(
    ("question", "meaning"),
    [("ESI at L5", "epidural"), ("Norco", "opioid"), ("PT visits", "physical therapy"), ("TENS unit", "stimul")],
)
def test_abbreviations_and_drugs_are_searched_with_what_they_mean(question, meaning):
    assert expand(question).startswith(question) and meaning in expand(question).lower()


@pytest.mark.parametrize("question", ["", "the worker's back", "physical therapy"])
def test_what_needs_no_meaning_gets_none(question):
    assert expand(question) == question


def test_hits_are_spans_of_their_letters_best_first(index):
    hits = index.search("no radiculopathy on physical examination", 12)
    scores = [hit.score for hit in hits]
    assert len(hits) == 12 and scores == sorted(scores, reverse=True)
    for hit in hits:
        quote = index.catalog.decision(hit.passage.decision).quote(hit.passage.start, hit.passage.end)
        assert " ".join(quote.split()) == hit.passage.text
        assert hit.issue is None or (hit.issue.decision, hit.issue.number) == (hit.passage.decision, hit.passage.issue)


@pytest.mark.parametrize("k", [1, 3, 10_000])
def test_as_many_hits_as_wanted(index, k):
    assert len(index.search("lumbar MRI", k)) == min(k, index.catalog.counts()["passages"])


def test_the_same_question_has_the_same_hits(index, small):
    with closing(Index(small, "stand-in")) as another:
        assert another.search("lumbar MRI without red flags", 20) == index.search("lumbar MRI without red flags", 20)


@pytest.mark.parametrize(
    "filters",
    [
        [Filter("treatment", ("mri",))],
        [Filter("jurisdiction", ("TX",)), Filter("outcome", ("upheld",))],
        [Filter("region", ("cervical",)), Filter("treatment", ("esi", "opioid"))],
    ],
    ids=["one", "two", "alternatives"],
)
def test_filters_hold_for_every_hit_and_reach_every_passage(index, filters):
    rows = index.catalog.issues(filters)
    hits = index.search("the weather in Sacramento", 10_000, filters)
    assert hits and {hit.issue for hit in hits} <= set(rows)
    assert len(hits) == len(index.catalog.passage_ids(rows))


def test_every_issue_has_a_passage_that_filters_reach(index):
    unreachable = [row for row in index.catalog.issues() if not index.catalog.passage_ids([row])]
    assert not [(index.catalog.decision(row.decision).source, row.number) for row in unreachable]


def test_filters_that_nothing_meets_find_nothing(index):
    assert index.search("lumbar MRI", 10, [Filter("treatment", ("gym",))]) == []
    assert (
        index.search(
            "lumbar MRI", 10, [Filter("outcome", ("upheld",)), Filter("decided", ("1990-01-01", "1991-01-01"))]
        )
        == []
    )


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("CM15-9000102", "CM15-9000102.txt"),
        ("why was the Norco of cm15-9000102 refused", "CM15-9000102.txt"),
        ("IRO-900104 physical therapy", "IRO-900104.txt"),
        ("IRO 900104: visits", "IRO-900104.txt"),
    ],
)
def test_a_case_number_is_taken_literally(index, question, source):
    hits = index.search(question, 100)
    assert hits and {index.catalog.decision(hit.passage.decision).source for hit in hits} == {source}


def test_a_case_number_that_is_not_here_is_only_words(index):
    assert len(index.search("CM99-1234567 lumbar MRI", 10)) == 10


def test_a_case_number_reaches_the_whole_letter(index):
    (decision,) = index.catalog.find_decisions("CM15-9000102")
    of_letter = {(p.start, p.end) for _, _, p in index.catalog.passages() if p.decision == decision}
    assert {(hit.passage.start, hit.passage.end) for hit in index.search("CM15-9000102", 1000)} == of_letter


def test_a_case_number_outside_the_filters_finds_nothing(index):
    assert index.search("CM15-9000102", 10, [Filter("jurisdiction", ("TX",))]) == []


SAME = "Reflexes are brisk and the straight leg raise reproduces familiar leg pain."


@pytest.fixture(scope="module")
def spoken(stand_in, tmp_path_factory):
    """One letter in which history and reviewer say the same sentence, and one with another analysis."""
    folder = tmp_path_factory.mktemp("spoken")
    letters = folder / "letters"
    letters.mkdir()
    (letters / "a.txt").write_text(texas(history=f"{SAME} The claimant is 44.", analysis=f"{SAME} {UNNECESSARY}"))
    (letters / "b.txt").write_text(texas(analysis="Chiropractic care was given at length.", case="900901"))
    ingest([letters], folder / "index", "stand-in")
    with closing(Index(folder / "index", "stand-in")) as opened:
        yield opened


def test_of_equal_words_the_reviewers_come_first(spoken):
    hits = [hit for hit in spoken.search(SAME, 10) if SAME[:20] in hit.passage.text]
    voices = [hit.passage.voice for hit in hits]
    assert voices[0] is Voice.REVIEWER and Voice.HISTORY in voices


def test_a_quoted_phrase_is_lifted(spoken):
    plain, quoted = (
        spoken.search(text, 10) for text in ("brisk reflexes care given", 'brisk reflexes "care was given"')
    )
    place = [next(n for n, hit in enumerate(hits) if "care was given" in hit.passage.text) for hits in (plain, quoted)]
    assert place[1] == 0 <= place[0]


def test_an_index_made_with_another_model_is_refused_before_a_search(small):
    with closing(Index(small, "stand-in-two")) as other:
        assert other.catalog.issues()
        with pytest.raises(IndexUnusable, match="made with the model stand-in:1, this is stand-in-two:1") as caught:
            other.search("lumbar MRI")
        assert caught.value.code == 3


def test_letters_of_another_model_are_refused_before_anything_is_written(copied, few_letters):
    with pytest.raises(IndexUnusable, match="precedent ingest --reencode --index"):
        ingest([few_letters], copied, "stand-in-two")
    with closing(Index(copied, "stand-in")) as index:
        assert index.catalog.fingerprint == "stand-in:1" and index.search("lumbar MRI")


def test_what_was_replaced_is_no_longer_found(stand_in, tmp_path):
    letter, folder = tmp_path / "a.txt", tmp_path / "index"
    for words in ("Zanzibar spice", "Honolulu surf"):
        letter.write_text(texas(analysis=f"The reviewer recalls {words}. {UNNECESSARY}"))
        ingest([letter], folder, "stand-in")
    with closing(Index(folder, "stand-in")) as index:
        assert index.lexical.search("Honolulu", 5) and not index.lexical.search("Zanzibar", 5)
        assert index.catalog.counts()["decisions"] == 1


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "'; drop table issues; --", "😀", '"', '""" “', "?" * 3000, "\udcff"]
)
def test_no_text_breaks_the_search(index, text):
    assert len(index.search(text, 3)) <= 3 and index.catalog.counts()["issues"]
