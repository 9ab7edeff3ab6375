"""The reason a question asks for: cues with any encoder, likeness with the one the classifier was trained on."""

import numpy as np
import pytest

from app.grounds import asked_criteria, likeness, weights

GROUND = "no red flags"


def of_dimension(dimension):
    return lambda text: np.full(dimension, dimension**-0.5, np.float32)


def test_likeness_is_a_share_for_each_criterion():
    like = likeness(GROUND, of_dimension(384))
    assert like and all(0 <= share <= 1 for share in like.values())


@pytest.mark.parametrize("dimension", [1, 64, 383, 385, 1024])
def test_vectors_of_another_encoder_leave_the_cues_alone(dimension):
    encode = of_dimension(dimension)
    assert likeness(GROUND, encode) == {}
    assert weights(GROUND, encode) == weights(GROUND, None) != {}
    assert asked_criteria(GROUND, encode) == asked_criteria(GROUND, None) != []


def test_words_that_name_nothing_ask_for_nothing():
    assert asked_criteria("the weather in Sacramento", None) == asked_criteria("the weather", of_dimension(64)) == []
