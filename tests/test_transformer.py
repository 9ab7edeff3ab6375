"""How rows of token ids are put together for a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.transformer import batches


@given(st.lists(st.integers(0, 300)), st.integers(1, 1000))
def test_every_row_is_in_one_batch_of_its_length_and_no_batch_is_too_large(lengths, most):
    found = batches(lengths, most)
    assert sorted(row for batch in found for row in batch) == list(range(len(lengths)))
    for batch in found:
        length = lengths[batch[0]]
        assert all(lengths[row] == length for row in batch)
        assert len(batch) == 1 or len(batch) * length <= most


@pytest.mark.parametrize(("lengths", "count"), [([], 0), ([5] * 10, 1), ([5] * 10 + [6], 2), ([512, 512], 2)])
def test_as_few_as_that_allows(lengths, count):
    assert len(batches(lengths, 512)) == count
