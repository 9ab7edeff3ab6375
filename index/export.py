"""A sentence-transformers model -> an int8 ONNX file, once per model; the only part of the index that imports torch.

Run as a process of its own (`python -m index.export MODEL FOLDER`), so that a question never loads torch.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

from corpus.transformer import SLOWER
from index.cache import seal
from index.encoder import EXPORT, Encoder, locate, weights_hash

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
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from sentence_transformers import SentenceTransformer

    transformer = SentenceTransformer(
        locate(model),
        device="cpu",
        trust_remote_code=False,
        model_kwargs={"attn_implementation": "eager"},  # as a graph it needs no guards: 7 % faster than "sdpa"
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        scratch, made = Path(aside) / "full.onnx", Path(aside) / "made"
        made.mkdir()
        _to_onnx(transformer, scratch)
        quantized = Path(aside) / "int8.onnx"
        quantize_dynamic(scratch, quantized, weight_type=QuantType.QInt8, per_channel=True)
        _optimize(quantized, made / "model.onnx")
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


def _to_onnx(transformer, path: Path) -> None:
    """The whole model, pooling included, through torch's tracing exporter.

    Its successor (dynamo=True) folds the attention mask of the example away and gave wrong vectors for padded batches
    (docs/decisions.md), so it is not used; `_check` would notice.
    """
    import torch

    class Sentence(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = transformer

        def forward(self, input_ids, attention_mask):
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            return torch.nn.functional.normalize(self.inner(features)["sentence_embedding"], dim=-1)

    example = torch.ones(2, 9, dtype=torch.long)
    axes = {name: {0: "batch", 1: "length"} for name in ("input_ids", "attention_mask")}
    torch.onnx.export(
        Sentence().eval(),
        (example, example),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_axes=axes | {"vectors": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def _optimize(source: Path, target: Path) -> None:
    """onnxruntime's own rewriting of the graph, done once here instead of at every start."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER)


def _check(transformer, folder: Path) -> None:
    """The exported model must agree with the original on texts of different lengths in one padded batch."""
    original = transformer.encode(list(_PROBES), normalize_embeddings=True)
    exported = Encoder(folder, "check").encode(list(_PROBES))
    worst = float((original * exported).sum(axis=1).min())
    if worst < _LOWEST_COSINE:
        raise SystemExit(f"the exported model disagrees with the original (cosine {worst:.2f})")


if __name__ == "__main__":
    export(sys.argv[1], Path(sys.argv[2]))
