"""Words as clinicians write them are found as written, phrases as phrases, and no question breaks the search."""

import pytest

from corpus.decision import Passage, Voice
from index.lexical import Lexical, empty, fill

PASSAGES = {
    1: "Lumbar ESI at L4-5 was denied; the patient’s reflexes were normal.",
    2: "CPT 62311 and 77003 were requested on 01/02/2016.",
    3: "The ﬁndings do not conﬁrm a ﬂare of radiculopathy.",
    4: "There is no documented radiculopathy at L5-S1, right side.",
    5: "Norco 10/325 mg #60 was not medically necessary.",
    6: "Radiculopathy is documented; no home program was tried.",
    7: "Twelve visits: the façade of naïve optimism.",
    9_000_000_000: "A spinal cord stimulator trial, levels T8–T9.",
}


@pytest.fixture(scope="module")
def lexical():
    index = empty()
    fill(index, ((id_, Passage("d", 0, "rationale", Voice.REVIEWER, 0, 1, text)) for id_, text in PASSAGES.items()))
    return Lexical(index)


def ids(hits):
    return [id_ for id_, _ in hits]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("L4-5", 1),
        ("l4-5", 1),
        ("L4–5", 1),
        ("L4/5", 1),
        ("L5-S1", 4),
        ("patient's", 1),
        ("patient’s reflexes", 1),
        ("62311", 2),
        ("77003", 2),
        ("01/02/2016", 2),
        ("findings", 3),
        ("ﬁndings", 3),
        ("confirm", 3),
        ("ＦＩＮＤＩＮＧＳ", 3),
        ("10/325", 5),
        ("#60", 5),
        ("denied", 1),
        ("denying reflexes", 1),
        ("facade", 7),
        ("naïve", 7),
        ("T8-T9", 9_000_000_000),
        ("a stimulator of the spinal cord", 9_000_000_000),
        ("not medically necessary", 5),
    ],
)
def test_words_are_found_as_people_write_them(lexical, words, first):
    assert ids(lexical.search(words, 3))[0] == first


@pytest.mark.parametrize("words", ["623", "6231", "radicul", "zzz", "", " ", "?", "–"])
def test_parts_of_words_and_no_words_find_nothing(lexical, words):
    assert lexical.search(words, 5) == []


def test_rarer_words_weigh_more_and_scores_fall(lexical):
    hits = lexical.search("no radiculopathy at L5-S1", 8)
    scores = [score for _, score in hits]
    assert ids(hits)[0] == 4 and scores == sorted(scores, reverse=True) and min(scores) > 0


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("no documented radiculopathy", [4]),
        ("documented radiculopathy", [4]),
        ("radiculopathy documented", []),
        ("radiculopathy is documented", [6]),
        ("not medically necessary", [5]),
        ("medically not necessary", []),
        ("L4-5", [1]),
        ("62311", [2]),
        ("", []),
    ],
)
def test_a_phrase_is_found_word_by_word_in_order(lexical, phrase, expected):
    assert ids(lexical.phrase(phrase, 8)) == expected


@pytest.mark.parametrize(
    ("allowed", "expected"), [([4, 6], {4, 6}), ([6], {6}), ([1], set()), ([], set()), ([77], set())]
)
def test_only_what_is_allowed_is_found(lexical, allowed, expected):
    assert set(ids(lexical.search("radiculopathy", 8, allowed))) == expected
    assert set(ids(lexical.phrase("documented radiculopathy", 8, allowed))) == expected & {4}


def test_what_is_allowed_does_not_change_the_scores(lexical):
    assert dict(lexical.search("radiculopathy", 8, [4]))[4] == pytest.approx(
        dict(lexical.search("radiculopathy", 8))[4]
    )


def test_as_many_as_wanted_and_no_more(lexical):
    assert len(lexical.search("radiculopathy", 1)) == 1 and len(lexical.search("radiculopathy", 1000)) == 3


def test_the_words_of_a_text_come_once_each(lexical):
    assert lexical.words("Visits, visited visit; L4-5!") == lexical.words("visit L4-5") == ["visit", "l4", "5"]
    assert len(lexical.words(" ".join(f"w{n}" for n in range(500)))) <= 40


HOSTILE = [
    'text:"',
    '"',
    "AND OR NOT",
    "a AND (b OR",
    "+must -not",
    "field:value^2~3",
    "*",
    "?*",
    "/.*/",
    "[a TO z]",
    "{* TO *}",
    "\\",
    "'; drop table passages; --",
    "<script>alert(1)</script>",
    "\x00radiculopathy\x00",
    "😀 🩻",
    "\u202eyhtapolucidar",
    "你好 мир",
    "a" * 100_000,
    "radiculopathy " * 20_000,
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_no_question_breaks_the_search(lexical, text):
    for found in (lexical.search(text, 5), lexical.phrase(text, 5)):
        assert set(ids(found)) <= set(PASSAGES)
