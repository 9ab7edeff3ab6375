"""A bare verdict joined to its ground, or to a point conceded."""

import pytest

from corpus.clauses import ground_of

WHOLE = "(whole)"
ROWS = [
    ("Because no weakness was found, the study is denied.", "no weakness was found"),
    ("Since he tried therapy for two months, the injection is medically necessary.", "he tried therapy for two months"),
    ("The denial stands because the earlier course brought no relief.", "the earlier course brought no relief."),
    ("Although the reflex was lost, the injection is not warranted.", ""),
    ("Despite two months of therapy, the operation is not indicated.", ""),
    ("The request is not reasonable even though the patient has an ulcer.", ""),
    ("The visits exceed the number allowed, but the request is nevertheless approved.", ""),
    ("The study is not appropriate, the long delay notwithstanding.", ""),
    ("The lack of a plan is why the program must be denied.", "The lack of a plan"),
    ("The lack of a plan is no reason for the program to be denied.", ""),
    # Sentences that do more than decide are left whole.
    ("Although he has pain, there is no documentation of a home program.", WHOLE),
    ("As such, the request is not medically necessary.", WHOLE),
    ("There is no sign of nerve root compromise on examination.", WHOLE),
    ("Therapy was tried; because it failed, the injection is approved.", WHOLE),
    ("While she can bathe, she cannot dress, and no aide was requested.", WHOLE),
]


@pytest.mark.parametrize(("sentence", "ground"), ROWS)
def test_the_part_that_can_be_a_reason(sentence, ground):
    assert ground_of(sentence) == (sentence if ground is WHOLE else ground)


def test_a_long_sentence_costs_no_time():
    assert ground_of("because " * 50_000)
