"""Muon for the matrices inside the blocks, AdamW for the rest; fp32 master weights behind a bf16 model."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class OptimizerConfig:
    # Update size of a matrix, whose spectral norm Muon fixes (Jordan et al. 2024); 0 leaves the matrices to AdamW as well.
    muon_rate: float = 0.02
    muon_momentum: float = 0.95
    adam_rate: float = 3e-3
    # Of the n-gram embeddings: most rows are met seldom, and Adam moves a row by about six times its rate each time.
    ngram_rate: float = 2e-4
    adam_betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.01
    gradient_clip: float = 1.0


def orthogonalize(matrices: Tensor, steps: int = 5) -> Tensor:
    """Newton-Schulz iteration to the nearest semi-orthogonal matrix, for a batch [n, rows, columns]; in bf16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrices.bfloat16()
    tall = x.shape[-2] > x.shape[-1]
    if tall:
        x = x.mT
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).float()


class MixedOptimizer:
    """Holds the fp32 master of every parameter and writes it back, rounded, into the model after each step."""

    def __init__(self, model: nn.Module, config: OptimizerConfig) -> None:
        """Takes the masters from the model as it is, so it is made while the model still has its fp32 weights."""
        self.config = config
        self.parameters = dict(model.named_parameters())
        self.master = {name: p.detach().float().clone() for name, p in self.parameters.items()}
        self.state = {
            name: {key: torch.zeros_like(value) for key in ("momentum", "variance") if key == "momentum" or not self.is_muon(name)}
            for name, value in self.master.items()
        }
        self.steps = 0

    def is_muon(self, name: str) -> bool:
        return self.config.muon_rate > 0 and name.startswith("blocks.") and self.parameters[name].ndim == 2

    @torch.no_grad()
    def step(self, gradients: dict[str, Tensor], scale: float) -> float:
        """One step with fp32 gradients at `scale` times the configured rates; returns their norm before clipping."""
        self.steps += 1
        norm = torch.stack([g.norm() for g in gradients.values()]).norm()
        clip = min(1.0, self.config.gradient_clip / (float(norm) + 1e-6))
        groups: dict[torch.Size, list[str]] = defaultdict(list)
        for name, gradient in gradients.items():
            if self.is_muon(name):
                groups[gradient.shape].append(name)
            else:
                self._adam(name, gradient * clip, scale)
        for shape, names in groups.items():
            updates = []
            for name in names:
                momentum = self.state[name]["momentum"]
                momentum.lerp_(gradients[name], 1 - self.config.muon_momentum)
                updates.append(gradients[name].lerp(momentum, self.config.muon_momentum))
            rate = self.config.muon_rate * scale * max(1.0, shape[0] / shape[1]) ** 0.5
            for name, update in zip(names, orthogonalize(torch.stack(updates)), strict=True):
                self.master[name].mul_(1 - rate * self.config.weight_decay).add_(update, alpha=-rate)
        for name, parameter in self.parameters.items():
            parameter.copy_(self.master[name])
            parameter.grad = None
        return float(norm)

    def _adam(self, name: str, gradient: Tensor, scale: float) -> None:
        first, second = self.config.adam_betas
        state = self.state[name]
        rate = (self.config.ngram_rate if name.startswith("ngrams.") else self.config.adam_rate) * scale
        state["momentum"].lerp_(gradient, 1 - first)
        state["variance"].lerp_(gradient.square(), 1 - second)
        mean = state["momentum"] / (1 - first**self.steps)
        deviation = (state["variance"] / (1 - second**self.steps)).sqrt() + 1e-10
        decay = self.config.weight_decay if self.parameters[name].ndim == 2 else 0.0
        self.master[name].mul_(1 - rate * decay).addcdiv_(mean, deviation, value=-rate)

    def state_dict(self) -> dict[str, object]:
        return {"master": self.master, "state": self.state, "steps": self.steps}

    @torch.no_grad()
    def load_state_dict(self, saved: dict) -> None:
        self.steps = saved["steps"]
        for name, parameter in self.parameters.items():
            self.master[name].copy_(saved["master"][name])
            for key, value in saved["state"][name].items():
                self.state[name][key].copy_(value)
            parameter.copy_(self.master[name])
