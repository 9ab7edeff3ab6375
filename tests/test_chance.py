"""How sure a number is: against values worked out by hand or printed in the textbooks."""

from itertools import product
from statistics import mean

import pytest

from eval.chance import holm, interval, kappa, paired, share


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([1, 1, 1, 1], [0, 0, 0, 0]),
        ([1, 0.5, 1, 0], [0, 0.5, 0.2, 0.3]),
        ([0.3, 0.9, 0.4, 0.4, 1], [0.3, 0.2, 0.5, 0.1, 0]),
    ],
)
def test_the_paired_test_is_exact_where_the_questions_are_few(ours, theirs):
    gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
    flips = [abs(mean(s * g for s, g in zip(signs, gaps, strict=True))) for signs in product((1, -1), repeat=len(gaps))]
    by_hand = mean(flip >= abs(mean(gaps)) - 1e-12 for flip in flips)
    assert paired(ours, theirs).p == pytest.approx(by_hand)


def test_equal_answers_are_no_difference():
    assert paired([1, 0, 1], [1, 0, 1]).p == 1 and paired([1], [0]).p == 1
    with pytest.raises(ValueError):
        paired([1, 0], [1])


def test_the_test_is_the_same_twice_and_turns_with_the_sides():
    ours, theirs = [n % 3 / 2 for n in range(30)], [n % 4 / 3 for n in range(30)]
    one, again, turned = paired(ours, theirs), paired(ours, theirs), paired(theirs, ours)
    assert one == again and turned.p == pytest.approx(one.p, abs=0.03)
    assert (turned.mean, turned.low, turned.high) == pytest.approx((-one.mean, -one.high, -one.low), abs=0.02)


def test_a_bootstrap_interval_is_that_of_the_normal_where_the_questions_are_many():
    low, high = interval([0.0, 1.0] * 200)
    assert (low, high) == pytest.approx((0.5 - 1.96 * 0.025, 0.5 + 1.96 * 0.025), abs=0.005)


def test_holms_correction():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0] and holm([]) == []


@pytest.mark.parametrize(
    ("hits", "of", "expected"),
    [(0, 10, (0, 0.3085)), (5, 10, (0.1871, 0.8129)), (10, 10, (0.6915, 1)), (0, 0, (0, 1))],
)
def test_the_exact_interval_of_a_share_is_the_textbooks(hits, of, expected):
    assert share(hits, of) == pytest.approx(expected, abs=1e-4)


def test_cohens_kappa_is_the_textbooks():
    yes_no = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert kappa(*map(list, zip(*yes_no, strict=True))) == pytest.approx(0.4)
    assert kappa(["y", "n"], ["n", "y"]) == -1 and kappa(["y", "y"], ["y", "y"]) == 1
