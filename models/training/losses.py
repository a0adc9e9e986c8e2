"""The losses: next-token cross-entropy in chunks that stay in cache, and horizon-length prediction on the middles."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# Tokens whose logits exist at one time: 1,024 × 8,192 in bf16 are 16 MB.
CHUNK_TOKENS = 1024
# λ of horizon-length prediction (arXiv 2410.03103) for the fraction; the log2 of the remaining tokens has about five
# times the fraction's error, hence the smaller weight.
FRACTION_WEIGHT = 0.1
REMAINING_WEIGHT = 0.02
# Weight of a middle's tokens in the cross-entropy once the rate decays: they are what is used, and a seventh of the tokens.
MIDDLE_WEIGHT = 3.0


def _chunk(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Sum of the losses and the gradient of the logits, for one chunk."""
    log_probabilities = torch.log_softmax(logits.float(), -1)
    losses = -log_probabilities.gather(1, targets[:, None])[:, 0]
    classes = torch.arange(logits.shape[1], device=logits.device)
    gradient = log_probabilities.exp() - (classes[None] == targets[:, None]).float()
    return losses, gradient.to(logits.dtype)


_compiled_chunk = torch.compile(_chunk)


class ChunkedCrossEntropy(torch.autograd.Function):
    """Weighted mean of the losses, from hidden [tokens, size], embedding [vocabulary, size], targets and weights [tokens]."""

    @staticmethod
    def forward(context, hidden: Tensor, embedding: Tensor, targets: Tensor, weights: Tensor) -> Tensor:  # type: ignore[override]
        chunk = _compiled_chunk if hidden.shape[0] % CHUNK_TOKENS == 0 else _chunk
        hidden_gradient = torch.empty_like(hidden)
        embedding_gradient = torch.zeros(embedding.shape, dtype=torch.float32, device=hidden.device)
        losses = torch.empty(hidden.shape[0], dtype=torch.float32, device=hidden.device)
        for start in range(0, hidden.shape[0], CHUNK_TOKENS):
            part = slice(start, start + CHUNK_TOKENS)
            losses[part], gradient = chunk(hidden[part] @ embedding.t(), targets[part])
            gradient *= weights[part, None].to(gradient.dtype)
            hidden_gradient[part] = gradient @ embedding
            embedding_gradient += gradient.t() @ hidden[part]
        total = weights.sum()
        context.save_for_backward(hidden_gradient, embedding_gradient, total)
        return (losses * weights).sum() / total

    @staticmethod
    def backward(context, output_gradient: Tensor):  # type: ignore[override]
        hidden_gradient, embedding_gradient, total = context.saved_tensors
        scale = output_gradient / total
        return (
            hidden_gradient * scale.to(hidden_gradient.dtype),
            (embedding_gradient * scale).to(hidden_gradient.dtype),
            None,
            None,
        )


def horizon_targets(is_middle: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    From the flags of the tokens [batch, length + 1]: the fraction (M - t) / M, log2(1 + M - t), and where they hold, each
    [batch, length], at the position that predicts the next token.

    t counts the middle's tokens read so far: 0 at the token before the middle, M at its last one, which predicts the end.
    Every flagged run is a whole middle with its end: the packer cuts none.
    """
    before, after = is_middle[:, :-1], is_middle[:, 1:]
    fraction = np.zeros(after.shape, dtype=np.float32)
    remaining = np.zeros(after.shape, dtype=np.float32)
    opens = after & ~before
    for row, start in zip(*np.nonzero(opens), strict=True):
        rest = after[row, start:]
        length = int(np.argmin(rest)) if not rest.all() else len(rest)
        left = np.arange(length - 1, -1, -1, dtype=np.float32)  # M to 0
        fraction[row, start : start + length] = left / max(length - 1, 1)
        remaining[row, start : start + length] = np.log2(1 + left)
    return fraction, remaining, after
