"""The transformer half of the reason reader."""

import numpy as np

from corpus.careful import LONGEST, scores, token_ids
from corpus.cues import criteria


def best(sentence: str, outcome: str, treatment: str) -> str:
    return criteria()[int(scores([sentence], outcome, (treatment,))[0].argmax())]


def test_it_knows_findings_in_words_no_cue_lists():
    assert best(
        "He has had plenty of visits to learn what he can do by himself in his own living room.",
        "upheld",
        "physical-therapy",
    ) in ("home-exercise", "quantity")
    assert best("Whatever the films show, nobody means to operate.", "upheld", "mri") == "changes-management"


def test_a_sentence_of_another_length_changes_nothing():
    said = ["No weakness, numbness or reflex change was found in either leg.", "No."]
    assert np.array_equal(scores(said, "upheld", ("mri",))[0], scores(said[:1], "upheld", ("mri",))[0])


def test_a_sentence_as_long_changes_little():
    said = ["No weakness was found in the left leg.", "No swelling was seen in the left knee."]
    together, alone = scores(said, "upheld", ("mri",)), scores(said[:1], "upheld", ("mri",))
    assert np.abs(1 / (1 + np.exp(-together[0])) - 1 / (1 + np.exp(-alone[0]))).max() < 0.1


def test_equal_sentences_are_read_once_and_answered_each():
    rows = scores(["No weakness was found.", "He is diabetic.", "No weakness was found."], "upheld", ("mri",))
    assert rows.shape == (3, len(criteria())) and (rows[0] == rows[2]).all()


def test_a_sentence_without_end_is_cut_where_training_cut_it():
    assert len(token_ids("word " * 5_000, "upheld", ("esi",))) <= LONGEST + 10
