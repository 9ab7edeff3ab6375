"""How a small transformer is run: int8 ONNX on one thread of the processor, without torch."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# Since 1.29 onnxruntime reports to its maker from the moment it is imported; letters are nobody's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
BATCH = 512  # tokens; measured best of 120..8192: keeps a batch's activations in the cache of a laptop core


def opened(model: Path):
    """A model that `index/export.py` wrote, ready to run as it is.

    It has no thread of its own: it may be opened before files are read in forked children, and threads do not survive.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def batches(lengths: Sequence[int], most: int = BATCH) -> list[list[int]]:
    """Which rows go together, by number: rows of one length, so that nothing is padded, up to so many tokens."""
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for row, length in enumerate(lengths):
        alike[length].append(row)
    found = []
    for length, rows in sorted(alike.items()):
        size = max(1, most // max(1, length))
        found += [rows[first : first + size] for first in range(0, len(rows), size)]
    return found


def run(session, rows: Sequence[Sequence[int]]) -> np.ndarray:
    """What a model says of rows of token ids, all of one length."""
    return session.run(None, {"input_ids": np.array(rows, np.int64)})[0]
