"""Dense search is exact: the order of plain inner products, within what is allowed, and nothing else."""

import numpy as np
import pytest

from index.dense import Dense, write

IDS = np.array([7, 3, 900_000_000_000, 12, 5], np.int64)


def unit(rows: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def dense(tmp_path):
    write(tmp_path, IDS, unit(5))
    return Dense(tmp_path)


def expected(query, allowed=IDS):
    scores = {int(i): float(v @ query) for i, v in zip(IDS, unit(5), strict=True) if i in allowed}
    return sorted(scores.items(), key=lambda pair: -pair[1])


def close(got, wanted):
    return [i for i, _ in got] == [i for i, _ in wanted] and np.allclose(
        [s for _, s in got], [s for _, s in wanted], atol=1e-6
    )


@pytest.mark.parametrize("seed", range(1, 6))
def test_the_order_is_that_of_inner_products(dense, seed):
    query = unit(1, seed)[0]
    assert close(dense.search(query, 5), expected(query))
    assert close(dense.search(query, 2), expected(query)[:2])


def test_a_passage_finds_itself_first(dense):
    for id_, vector in zip(IDS, unit(5), strict=True):
        (found, score), *_ = dense.search(vector, 3)
        assert found == id_ and score == pytest.approx(1)


@pytest.mark.parametrize("allowed", [[7], [3, 12], [900_000_000_000, 5, 4], list(IDS)])
def test_only_what_is_allowed_is_found_however_far_away(dense, allowed):
    query = unit(1, 9)[0]
    assert close(dense.search(query, 5, allowed), expected(query, allowed))


@pytest.mark.parametrize("allowed", [[], [1, 2], iter([])])
def test_nothing_allowed_is_nothing_found(dense, allowed):
    assert dense.search(unit(1)[0], 5, allowed) == []


def test_asking_for_more_than_there_is_gives_all(dense):
    assert len(dense.search(unit(1)[0], 1000)) == 5


def test_an_empty_index_finds_nothing(tmp_path):
    write(tmp_path, np.zeros(0, np.int64), np.zeros((0, 8), np.float32))
    assert Dense(tmp_path).search(unit(1)[0], 5) == []


def test_the_same_vectors_are_the_same_bytes(tmp_path):
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, IDS, unit(5))
        files += [path.read_bytes() for path in (tmp_path / name).iterdir()]
    assert files[0] == files[1]
