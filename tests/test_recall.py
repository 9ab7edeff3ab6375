"""The recall of a list from a sample of what it left out: what is drawn, and the interval it gives."""

import pytest

from app.answer import ask
from eval.chance import share
from eval.recall import Stratum, estimate, sample


def drawn(n):
    return tuple(("A", k) for k in range(n))


def stratum(size, n, name="all others"):
    return Stratum(name, size, drawn(n))


def judged(n, hits):
    return {member: place < hits for place, member in enumerate(drawn(n))}


def test_what_was_judged_whole_is_known():
    found = estimate(8, [stratum(4, 4)], judged(4, 2))
    assert (found.missed, found.missed_low, found.missed_high) == (2, 2, 2)
    assert (found.recall, found.low, found.high) == (0.8, 0.8, 0.8)


def test_nothing_left_out_is_a_recall_of_one():
    assert estimate(3, [stratum(0, 0)], {}).low == 1 and estimate(0, [], {}).recall == 1


def test_a_sample_without_a_hit_still_leaves_room():
    found = estimate(10, [stratum(100, 20)], judged(20, 0))
    assert found.recall == found.high == 1
    assert found.missed_high == pytest.approx(min(80, 100 * share(0, 20)[1])) and found.low == pytest.approx(
        10 / (10 + found.missed_high)
    )


def test_a_hit_in_the_sample_is_counted_up():
    found = estimate(10, [stratum(100, 20)], judged(20, 1))
    assert found.missed == 5 and found.recall == pytest.approx(10 / 15) and found.low < found.recall < found.high < 1


def test_what_was_not_sampled_at_all_may_all_be_missed():
    found = estimate(5, [stratum(7, 0)], {})
    assert (found.missed_low, found.missed_high, found.low, found.high) == (0, 7, 5 / 12, 1)


def test_more_judged_is_more_certain():
    few, many = (estimate(10, [stratum(200, n)], judged(n, 0)).low for n in (10, 50))
    assert few < many


def test_the_sample_is_of_what_was_left_out_and_the_same_twice(index):
    answer = ask(index, "lumbar MRI denials")
    strata = sample(index, answer, 6)
    members = [member for part in strata for member in part.drawn]
    given = {(r.case_number or r.source, r.issue) for r in answer.results}
    assert len(members) == len(set(members)) == 6 and not given & set(members)
    assert sum(part.size for part in strata) == index.catalog.counts()["issues"] - len(answer.results)
    assert sample(index, answer, 6) == strata and sample(index, answer, 6, seed=1) != strata


def test_near_misses_are_drawn_first_and_everything_where_little_is_left(index):
    answer = ask(index, "lumbar MRI denials")
    strata = {part.name: part for part in sample(index, answer, 1000)}
    assert all(len(part.drawn) == part.size for part in strata.values()) and strata["near misses"].size
