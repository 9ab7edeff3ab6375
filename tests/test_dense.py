"""Dense search is exact: the order of plain inner products, within what is allowed, and nothing else."""

import numpy as np
import pytest

from index.dense import Dense, built

IDS = np.array([7, 3, 900_000_000_000, 12, 5], np.int64)


def unit(rows: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def of(*parts):
    """A snapshot of segments, each given by its ids, its vectors and what of it is gone."""
    return Dense({str(n): (built(ids, vectors), gone) for n, (ids, vectors, gone) in enumerate(parts)})


@pytest.fixture(params=["one segment", "three segments", "and some gone"])
def dense(request):
    if request.param == "one segment":
        return of((IDS, unit(5), []))
    gone = np.array([1, 9_999, 2], np.int64)
    more, without = (gone, list(gone)) if request.param == "and some gone" else (gone[:0], [])
    last = np.concatenate([IDS[3:], more]), np.concatenate([unit(5)[3:], unit(len(more), 7)])
    return of((IDS[:1], unit(5)[:1], []), (IDS[1:3], unit(5)[1:3], []), (*last, without))


def expected(query, allowed=IDS):
    scores = {int(i): float(v @ query) for i, v in zip(IDS, unit(5), strict=True) if i in allowed}
    return sorted(scores.items(), key=lambda pair: -pair[1])


def close(got, wanted):
    return [i for i, _ in got] == [i for i, _ in wanted] and np.allclose(
        [s for _, s in got], [s for _, s in wanted], atol=1e-3
    )


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_order_is_that_of_inner_products(dense, seed):
    query = unit(1, seed)[0]
    assert close(dense.search(query, 5), expected(query))
    assert close(dense.search(query, 2), expected(query)[:2])


def test_a_passage_finds_itself_first(dense):
    for id_, vector in zip(IDS, unit(5), strict=True):
        (found, score), *_ = dense.search(vector, 3)
        assert found == id_ and score == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("allowed", [[7], [3, 12], [900_000_000_000, 5, 4], list(IDS)])
def test_only_what_is_allowed_is_found_however_far_away(dense, allowed):
    query = unit(1, 9)[0]
    assert close(dense.search(query, 5, allowed), expected(query, allowed))


@pytest.mark.parametrize("allowed", [[], [1, 2], iter([])])
def test_nothing_allowed_is_nothing_found(dense, allowed):
    assert dense.search(unit(1)[0], 5, allowed) == []


def test_asking_for_more_than_there_is_gives_all(dense):
    assert len(dense.search(unit(1)[0], 1000)) == 5


def test_an_empty_index_finds_nothing():
    empty = of((np.zeros(0, np.int64), np.zeros((0, 8), np.float32), []))
    assert len(empty) == 0 and empty.search(unit(1)[0], 5) == []


# ---- beyond what is compared one by one -----------------------------------------------------


@pytest.fixture(scope="module")
def listed():
    """4,000 passages around 60 subjects, as an index of lists."""
    rng = np.random.default_rng(3)
    subjects = rng.normal(size=(60, 64))
    vectors = (subjects[rng.integers(60, size=4000)] + 0.6 * rng.normal(size=(4000, 64))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = np.arange(4000, dtype=np.int64) * 3 + 7
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.dense.EXACT_MOST", 1000)
        index = built(ids, vectors)
    assert index.nlist == 126
    return ids, vectors, index


def recall(listed, k, allowed=None, gone=()):
    ids, vectors, index = listed
    dense = Dense({"": (index, list(gone))})
    wanted = np.isin(ids, ids if allowed is None else allowed) & ~np.isin(ids, gone)
    found = 0
    for question in vectors[::100]:
        nearest = ids[wanted][np.argsort(-(vectors[wanted] @ question))[:k]]
        hits = dense.search(question, k, allowed)
        assert len(hits) == min(k, wanted.sum()) and {i for i, _ in hits} <= set(ids[wanted])
        found += len({i for i, _ in hits} & set(nearest)) / len(nearest)
    return found / len(vectors[::100])


@pytest.mark.parametrize("share", [1, 2, 10, 100, 1000], ids="1 in {}".format)
def test_lists_find_nearly_all_that_is_near_however_narrow_the_filter(listed, share):
    assert recall(listed, 50, None if share == 1 else listed[0][::share]) >= 0.97


def test_lists_leave_out_what_is_gone(listed):
    assert recall(listed, 50, gone=listed[0][:900]) >= 0.97


def test_asking_lists_for_everything_gives_everything(listed):
    _, vectors, index = listed
    assert len(Dense({"": (index, [])}).search(vectors[0], 4000)) == 4000
