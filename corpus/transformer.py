"""How a small transformer is run: int8 ONNX on one thread of the processor, without torch."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

# Since 1.29 onnxruntime reports to its maker from the moment it is imported; letters are nobody's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# One of onnxruntime's own rewritings of a graph makes it a tenth slower on a processor (docs/decisions.md).
SLOWER = ["SkipLayerNormFusion"]


def opened(model: Path, optimized: bool = False):
    """The model, ready to run; `optimized` if its file was rewritten for onnxruntime when it was made.

    It has no thread of its own: it may be opened before files are read in forked children, and threads do not survive.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if optimized:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(
        str(model), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
    )


def run(session, rows: list[list[int]]) -> np.ndarray:
    """What a model says of each row of token ids, all in one batch."""
    return session.run(None, batch(rows))[0]


def batch(rows: list[list[int]]) -> dict[str, np.ndarray]:
    """Rows of token ids as a model takes them, with a mask of what is padding."""
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for n, row in enumerate(rows):
        ids[n, : len(row)] = row
        mask[n, : len(row)] = 1
    return {"input_ids": ids, "attention_mask": mask}
