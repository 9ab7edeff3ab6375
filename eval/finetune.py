"""Fine-tunes the careful half of the reason reader: `python -m eval.finetune [--judge] [LETTERS LEDGER]`.

All-MiniLM-L6-v2 with a linear layer over the mean of its tokens, trained on the same labelled sentences as the linear
half (`eval/train.py`), exported as int8 ONNX to `corpus/careful.onnx`. A second layer learns who speaks, where a writer
said so, and is thrown away. Minutes on a GPU, hours on two cores. With `--judge` it only prints how it does, alone and
beside the linear half, on real letters left out.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import dataclass
from operator import call
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModel

from corpus.careful import token_ids
from corpus.cues import criteria
from corpus.roles import Role
from corpus.transformer import opened, run
from eval.train import FOLDS, Rationale, fit_reader, labelled, micro_f1, real_letters
from eval.train import scores as linear_scores
from index.encoder import DEFAULT_MODEL, locate
from index.export import to_int8

_MODEL = Path("corpus/careful.onnx")
# Chosen by folds over letters: a real sentence is seen four times an epoch and counts double each time.
_EPOCHS, _RATE, _HEAD_RATE, _REPEATED, _REAL = 6, 1.2e-4, 2e-3, 4, 2.0
_BATCH_TOKENS, _WARM_UP, _DROPPED, _START, _ROLE_SHARE = 3000, 80, 0.1, -3.0, 0.3
_PROBE_SAID = [
    "There is no sign of radiculopathy on examination.",
    "Six weeks of therapy and two drugs were tried without any relief.",
    "The request is therefore not medically necessary.",
]
# Quantization moved no probability of 300 real sentences by more than 0.04.
_FARTHEST = 0.15
_UNKNOWN = -100  # the target that torch's cross-entropy leaves out
_DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


_PROBE = Rationale("", "upheld", ("esi",), _PROBE_SAID, ["finding"] * 3, [set()] * 3)


@dataclass
class Example:
    """One sentence as the model sees it."""

    ids: list[int]
    labels: np.ndarray
    role: int
    weight: float


class Careful(torch.nn.Module):
    """Token ids -> a score for each criterion."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            locate(DEFAULT_MODEL), dtype=torch.float32, attn_implementation="eager"
        )
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, len(criteria()))
        self.role = torch.nn.Linear(self.encoder.config.hidden_size, len(Role))
        torch.nn.init.constant_(self.head.bias, _START)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.head(self.mean(input_ids, attention_mask))

    def mean(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return torch.nn.functional.dropout((states * mask).sum(1) / mask.sum(1), _DROPPED, self.training)


def main() -> None:
    paths = [argument for argument in sys.argv[1:] if argument != "--judge"]
    written, real = labelled(), real_letters(*map(Path, paths)) if paths else []
    if "--judge" in sys.argv:
        print(judge(written, real))
        return
    save(train([*examples(written), *examples(real, _REAL) * _REPEATED]), _MODEL)
    print(f"wrote {_MODEL} ({_MODEL.stat().st_size / 1e6:.0f} MB)")


def examples(rationales: list[Rationale], weight: float = 1.0) -> list[Example]:
    return [
        Example(
            token_ids(sentence, rationale.outcome, rationale.treatments),
            np.array([float(c in given) for c in criteria()], np.float32),
            list(Role).index(Role(spoken)) if spoken else _UNKNOWN,
            weight,
        )
        for rationale in rationales
        for sentence, given, spoken in zip(
            rationale.sentences, rationale.labels, rationale.said_as or [""] * len(rationale.sentences), strict=True
        )
    ]


def train(data: list[Example], seed: int = 0) -> Careful:
    """Weighted one-vs-rest logistic loss; the rate warms up, then falls to nothing."""
    random.seed(seed)
    torch.manual_seed(seed)
    model = Careful().to(_DEVICE).train()
    heads = [*model.head.parameters(), *model.role.parameters()]
    groups = [(model.encoder.parameters(), _RATE), (heads, _HEAD_RATE)]
    optimizer = torch.optim.AdamW([{"params": p, "lr": rate} for p, rate in groups], weight_decay=0.01)
    batches = [batch for _ in range(_EPOCHS) for batch in _shuffled(data)]
    decay = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / _WARM_UP) * max(0.03, 1 - step / len(batches))
    )
    for batch in batches:
        mean = model.mean(*_tensors(batch))
        loss = _criteria_loss(model.head(mean), batch) + _ROLE_SHARE * _role_loss(model.role(mean), batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        decay.step()
    return model.eval()


def _criteria_loss(scores: torch.Tensor, batch: list[Example]) -> torch.Tensor:
    labels = torch.from_numpy(np.stack([e.labels for e in batch])).to(_DEVICE)
    weights = torch.tensor([e.weight for e in batch], device=_DEVICE)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(scores, labels, reduction="none").sum(1)
    return (losses * weights).sum() / weights.sum()


def _role_loss(scores: torch.Tensor, batch: list[Example]) -> torch.Tensor:
    roles = torch.tensor([e.role for e in batch], device=_DEVICE)
    return torch.nn.functional.cross_entropy(scores, roles) if (roles != _UNKNOWN).any() else scores.sum() * 0


def _shuffled(data: list[Example]) -> list[list[Example]]:
    """Batches of like length within a token budget, in random order."""
    batches: list[list[Example]] = [[]]
    for example in sorted(data, key=lambda e: len(e.ids) + 20 * random.random()):
        if batches[-1] and len(example.ids) * (len(batches[-1]) + 1) > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(example)
    random.shuffle(batches)
    return batches


def _tensors(batch: list[Example]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids, padded, and a mask of what is not padding."""
    rows = [torch.tensor(e.ids) for e in batch]
    ids, mask = (pad_sequence(parts, batch_first=True) for parts in (rows, [torch.ones_like(row) for row in rows]))
    return ids.to(_DEVICE), mask.to(_DEVICE)


@torch.no_grad()
def scores(model: Careful, rationale: Rationale) -> np.ndarray:
    """One row of scores a sentence."""
    return model(*_tensors(examples([rationale]))).cpu().numpy()


@torch.no_grad()
def save(model: Careful, path: Path) -> None:
    """int8 ONNX, as the encoder's; nothing is written if it disagrees."""
    model = model.cpu().eval()
    with tempfile.TemporaryDirectory() as aside:
        made = Path(aside) / "made.onnx"
        to_int8(model, call, made)
        session, probed = opened(made), examples([_PROBE])
        probe = [tensor.cpu() for tensor in _tensors(probed)]
        got = np.vstack([run(session, [e.ids]) for e in probed])
        worst = (torch.from_numpy(got).sigmoid() - model(*probe).sigmoid()).abs().max().item()
        if worst > _FARTHEST:
            raise SystemExit(f"the exported model disagrees with the trained one (by {worst:.2f}); nothing was written")
        path.write_bytes(made.read_bytes())


def judge(written: list[Rationale], real: list[Rationale]) -> str:
    """Micro-F1 of criteria per issue on letters left out, by the share the linear half has in the score."""
    names = sorted({r.letter for r in real})
    quick, careful = {}, {}
    for fold in range(FOLDS):
        out = set(names[fold::FOLDS])
        known = [r for r in real if r.letter not in out]
        linear, model = fit_reader([*written, *known]), train([*examples(written), *examples(known, _REAL) * _REPEATED])
        for n, rationale in ((n, r) for n, r in enumerate(real) if r.letter in out):
            quick[n], careful[n] = linear_scores(linear, rationale), scores(model, rationale)
    lines = []
    for share in (0.0, 0.3, 0.4, 0.5, 1.0):
        mixed = [share * quick[n] + (1 - share) * careful[n] for n in range(len(real))]
        lines.append(f"share of the linear half {share:.1f}: {micro_f1(mixed, real)}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
