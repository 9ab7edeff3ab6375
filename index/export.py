"""A sentence-transformers model -> an int8 ONNX file, once per model; the only part of the index that imports torch.

Run as a process of its own (`python -m index.export MODEL FOLDER`), so that a question never loads torch.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.cache import seal
from index.encoder import EXPORT, Encoder, locate, weights_hash

if TYPE_CHECKING:
    import torch

# One of onnxruntime's own rewritings of a graph makes it a tenth slower on a processor (docs/decisions.md).
_SLOWER = ["SkipLayerNormFusion"]
# A quantized vector this far from the original would mean a broken export, not rounding: the worst seen is 0.95.
_LOWEST_COSINE = 0.85
_PROBES = (
    "no evidence of radiculopathy on examination",
    "The requested twelve visits of physical therapy exceed the guideline.",
    "MRI",
)


def export(model: str, folder: Path) -> None:
    """Write model.onnx, tokenizer.json, encoder.json and their manifest into the folder, or nothing at all."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.filterwarnings("ignore")
    from sentence_transformers import SentenceTransformer

    transformer = SentenceTransformer(
        locate(model),
        device="cpu",
        trust_remote_code=False,
        model_kwargs={"attn_implementation": "eager"},  # as a graph it needs no guards: 7 % faster than "sdpa"
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        made = Path(aside) / "made"
        made.mkdir()
        to_int8(transformer, _vectors, made / "model.onnx")
        transformer.tokenizer.backend_tokenizer.save(str(made / "tokenizer.json"))
        facts = _facts(transformer) | {"weights": weights_hash(transformer)}
        (made / "encoder.json").write_text(json.dumps(facts, indent=1), "utf-8")
        _check(transformer, made)
        seal(made, {"recipe": EXPORT})
        made.replace(folder)


def _facts(transformer) -> dict:
    prompts = getattr(transformer, "prompts", None) or {}
    return {
        "max_tokens": int(transformer.max_seq_length or 512),
        "dimension": int(transformer.get_sentence_embedding_dimension()),
        "query_prompt": prompts.get("query", ""),
        "document_prompt": prompts.get("document", prompts.get("passage", "")),
    }


def _vectors(transformer, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Token ids -> unit vectors, pooling included."""
    import torch

    found = transformer({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]
    return torch.nn.functional.normalize(found, dim=-1)


def to_int8(model: torch.nn.Module, asked: Callable[..., torch.Tensor], path: Path) -> None:
    """What is asked of a model with "eager" attention (model, ids, mask), as int8 ONNX of the ids alone.

    `corpus/transformer.py` runs it as it is, without padding. Through torch's tracing exporter: its successor
    (dynamo=True) gave wrong vectors (docs/decisions.md). onnxruntime's own rewriting of the graph is done once here
    instead of at every start.
    """
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    class Unpadded(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = model

        def forward(self, input_ids):
            return asked(self.inner, input_ids, torch.ones_like(input_ids))

    full, quantized = path.with_suffix(".full"), path.with_suffix(".int8")
    with _without_masks():
        torch.onnx.export(
            Unpadded().eval(),
            (torch.ones(2, 9, dtype=torch.long),),
            str(full),
            input_names=["input_ids"],
            output_names=["found"],
            dynamic_axes={"input_ids": {0: "batch", 1: "length"}, "found": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
    quantize_dynamic(full, quantized, weight_type=QuantType.QInt8, per_channel=True)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(
        str(quantized), options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER
    )
    full.unlink()
    quantized.unlink()


@contextlib.contextmanager
def _without_masks() -> Iterator[None]:
    """A batch is never padded, so attention to the whole text needs no mask; any other keeps its own."""
    from transformers import AttentionMaskInterface
    from transformers.masking_utils import bidirectional_mask_function, eager_mask

    def mask(**facts):
        return None if facts["mask_function"] is bidirectional_mask_function else eager_mask(**facts)

    AttentionMaskInterface.register("eager", mask)
    try:
        yield
    finally:
        AttentionMaskInterface.register("eager", eager_mask)


def _check(transformer, folder: Path) -> None:
    """The exported model must agree with the original on texts of different lengths."""
    original = transformer.encode(list(_PROBES), normalize_embeddings=True)
    exported = Encoder(folder, "check").encode(list(_PROBES))
    worst = float((original * exported).sum(axis=1).min())
    if worst < _LOWEST_COSINE:
        raise SystemExit(f"the exported model disagrees with the original (cosine {worst:.2f})")


if __name__ == "__main__":
    export(sys.argv[1], Path(sys.argv[2]))
