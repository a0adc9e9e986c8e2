"""The processes that train together: one alone, or several under torchrun; who computes what, and the sum of what they computed."""

from __future__ import annotations

import os
from collections.abc import Iterator

import torch
import torch.distributed as dist
from torch import Tensor, nn


class Workers:
    """This process among its peers. `torchrun --nproc-per-node N train.py …` starts N; without torchrun there is one."""

    def __init__(self, threads: int = 0) -> None:
        self.count = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        has_gpu = torch.cuda.is_available()
        self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if has_gpu else torch.device("cpu")
        # One thread each, where there are several: they wait for each other once in a step, threads at every operation.
        torch.set_num_threads(threads or max(1, len(os.sched_getaffinity(0)) // self.count))
        self.flat: Tensor | None = None
        self.store: dist.Store | None = None
        self.claimed: int | None = None
        if self.count > 1:
            dist.init_process_group("nccl" if has_gpu else "gloo")
            self.store = dist.PrefixStore("micro-batches", dist.distributed_c10d._get_default_store())

    @property
    def is_first(self) -> bool:
        return self.rank == 0

    def share(self, step: int, first_step: int, count: int) -> Iterator[int]:
        """
        Numbers below `count` of the micro-batches that this process does in a step; all of them are done once, by whoever is free.

        `first_step` is the step at which this run began: the counter starts there. What a process claims beyond the step's
        end is its first one of the next step.
        """
        if self.store is None:
            yield from range(count)
            return
        start = (step - first_step) * count
        while True:
            if self.claimed is None:
                self.claimed = self.store.add("claimed", 1) - 1
            if self.claimed >= start + count:
                return
            number, self.claimed = self.claimed - start, None
            yield number

    @torch.no_grad()
    def sum(self, model: nn.Module, numbers: list[float]) -> tuple[dict[str, Tensor], list[float]]:
        """Gradients of the model's parameters in fp32, by name, and `numbers`, each summed over the processes."""
        parameters = dict(model.named_parameters())
        if self.count == 1:
            return {name: p.grad.float() for name, p in parameters.items() if p.grad is not None}, numbers
        sizes = [p.numel() for p in parameters.values()]
        if self.flat is None:
            self.flat = torch.empty(sum(sizes) + len(numbers), device=self.device)
        *parts, tail = self.flat.split([*sizes, len(numbers)])
        gradients = {name: part.view(p.shape) for (name, p), part in zip(parameters.items(), parts, strict=True)}
        for name, p in parameters.items():
            gradients[name].copy_(p.grad) if p.grad is not None else gradients[name].zero_()
        tail.copy_(torch.tensor(numbers))
        dist.all_reduce(self.flat)
        return gradients, tail.tolist()

    def close(self) -> None:
        if self.count > 1:
            dist.destroy_process_group()
