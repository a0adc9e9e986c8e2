"""Finds the steps by which the inputs of a decoder's linear layers are rounded to 8 bits, from what they are on training text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from graph import InputSteps
from layout import MIDDLE_FLAG
from model import Decoder

# Sequences of a shard that are read, and every how many tokens are looked at: 4,096 of each input are plenty for one number.
SEQUENCES, EVERY = 32, 4
# Shares of the largest value that are tried as the largest representable one. What lies above is cut off.
SHARES = np.geomspace(0.1, 1, 24)


def rounded_inputs(model: Decoder) -> dict[str, nn.Module]:
    """
    The layers whose inputs one step suits, by their names in the graph. It does not suit what goes into `down`: the product of
    gate and up is a hundred times as large in a few places as elsewhere, and one step for all costs 0.03 nats (README.md).
    """
    layers: dict[str, nn.Module] = {}
    for index, block in enumerate(model.blocks):
        layers[f"blocks.{index}.qkv"] = block.attention.query
        layers[f"blocks.{index}.output"] = block.attention.output
        layers[f"blocks.{index}.gate"] = layers[f"blocks.{index}.up"] = block.feed_forward.gate
    return layers


def best_step(x: Tensor) -> float:
    """The step with the least squared error between x and what is left of it in 8 bits."""

    def error(step: float) -> float:
        return float(((x / step).round().clamp(-128, 127) * step - x).square().mean())

    largest = float(x.abs().max())
    return min((largest * share / 127 for share in SHARES), key=error) if largest else 1.0


@torch.no_grad()
def calibrate(model: Decoder, token_ids: Tensor) -> InputSteps:
    """Steps for each layer of `rounded_inputs`, from sequences of token ids [count, length]."""
    layers, seen = rounded_inputs(model), {}

    def keep(layer: nn.Module, inputs: tuple[Tensor]) -> None:
        seen.setdefault(layer, []).append(inputs[0].flatten(0, -2)[::EVERY].float())

    hooks = [layer.register_forward_pre_hook(keep) for layer in set(layers.values())]
    for sequence in token_ids:
        model(sequence[None])
    for hook in hooks:
        hook.remove()
    steps = {layer: best_step(torch.cat(parts)) for layer, parts in seen.items()}
    return {name: steps[layer] for name, layer in layers.items()}


def sequences_of(shard: Path) -> Tensor:
    """Token ids of sequences spread over a shard of pack.py."""
    rows = np.load(shard, mmap_mode="r")
    chosen = rows[np.linspace(0, len(rows) - 1, min(SEQUENCES, len(rows)), dtype=int), :-1]
    return torch.from_numpy((chosen & (MIDDLE_FLAG - 1)).astype(np.int64))
