"""Trains the decoder: next token and horizon, on CPU or GPU, within a budget of minutes or tokens, resumable after a kill.

Under torchrun several processes share the work. They take micro-batches from one counter, so a process that is slowed down by other work
takes fewer of them; a step ends when its micro-batches are all done, and what it computes does not depend on who did which.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import time
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from amx import enable_amx
from layout import MIDDLE_FLAG
from losses import FRACTION_WEIGHT, MIDDLE_WEIGHT, REMAINING_WEIGHT, ChunkedCrossEntropy, horizon_targets
from model import Decoder, ModelConfig, parameter_count
from optimizer import MixedOptimizer, OptimizerConfig
from workers import Workers

WARM_UP = 0.01
# The rate falls linearly to zero over the last part of the budget (warm-up, stable, decay).
DECAY = 0.45
CHECKPOINT_SECONDS = 300


@dataclass
class Progress:
    """Where a run stands; saved in every checkpoint."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    # Sequences taken from each stage's shard.
    taken: list[int] | None = None


@dataclass(frozen=True)
class Stage:
    shard: Path
    # The stage lasts until this share of the budget.
    until: float


def parse_stage(text: str) -> Stage:
    path, _, until = text.rpartition("@")
    return Stage(Path(path), float(until))


def rate_scale(done: float) -> float:
    """Factor of the learning rates at a share `done` of the budget."""
    if done < WARM_UP:
        return max(0.02, done / WARM_UP)
    return min(1.0, max(0.0, (1 - done) / DECAY))


@dataclass(frozen=True)
class Batch:
    """Sequences as the model reads them; all [rows, length]."""

    inputs: torch.Tensor
    targets: torch.Tensor
    # Where the next token is one of a middle, and what the horizon is there.
    holds: torch.Tensor
    fraction: torch.Tensor
    remaining: torch.Tensor

    @classmethod
    def of(cls, flagged: np.ndarray, device: torch.device) -> Batch:
        """From a shard's rows [rows, length + 1]."""
        ids = (flagged & (MIDDLE_FLAG - 1)).astype(np.int64)
        fraction, remaining, holds = horizon_targets(flagged >= MIDDLE_FLAG)
        return cls(*(torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in (ids[:, :-1], ids[:, 1:], holds, fraction, remaining)))


class Shard:
    """Sequences of a shard in an order that the seed fixes; each pass has its own."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        self.seed = seed
        self.order: tuple[int, np.ndarray] = (-1, np.empty(0))

    @cached_property
    def sequences(self) -> np.ndarray:
        """Opened when its stage begins: a later stage's shard may still be packed while an earlier one is trained on."""
        return np.load(self.path, mmap_mode="r")

    @property
    def length(self) -> int:
        return self.sequences.shape[1] - 1

    def take(self, start: int, count: int) -> np.ndarray:
        rows = []
        for number in range(start, start + count):
            epoch, place = divmod(number, len(self.sequences))
            if self.order[0] != epoch:
                self.order = (epoch, np.random.default_rng((self.seed, epoch)).permutation(len(self.sequences)))
            rows.append(self.sequences[self.order[1][place]])
        return np.stack(rows)


class Trainer:
    def __init__(self, arguments: argparse.Namespace, workers: Workers) -> None:
        self.arguments = arguments
        self.workers = workers
        self.device = workers.device
        torch.manual_seed(arguments.seed)
        self.checkpoint = arguments.out / "checkpoint.pt"
        saved = torch.load(self.checkpoint, map_location="cpu", weights_only=False) if self.checkpoint.exists() else None
        fields = json.loads(arguments.model)
        if not saved and arguments.init_from:
            from committed import start_from

            if unknown := fields.keys() - {"ngram_rows"}:
                raise SystemExit(f"--init-from fixes the sizes: take {', '.join(sorted(unknown))} out of --model")
            model = start_from(arguments.init_from, arguments.tokenizer, fields.get("ngram_rows"))
        else:
            model = Decoder(ModelConfig(**saved["config"]) if saved else ModelConfig(**fields))
        self.config = model.config
        self.model = model.to(self.device)
        self.optimizer = MixedOptimizer(self.model, OptimizerConfig(**json.loads(arguments.optimizer)))
        self.model.to_bfloat16()
        self.forward = torch.compile(self.model) if arguments.compile else self.model
        self.stages = [parse_stage(text) for text in arguments.stage]
        self.shards = [Shard(stage.shard, arguments.seed) for stage in self.stages]
        self.progress = Progress(taken=[0] * len(self.stages))
        if saved:
            self.optimizer.load_state_dict(saved["optimizer"])
            self.progress = Progress(**saved["progress"])
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))

    def losses(self, batch: Batch) -> tuple[torch.Tensor, tuple[float, float, float]]:
        """Total loss of a batch; next-token loss and the horizon's two errors."""
        hidden = self.forward(batch.inputs)
        weights = torch.ones_like(batch.fraction)
        if self.done() > 1 - DECAY:
            weights[batch.holds] = MIDDLE_WEIGHT
        next_token = ChunkedCrossEntropy.apply(
            hidden.reshape(-1, self.config.hidden_size), self.model.embedding.weight, batch.targets.reshape(-1), weights.reshape(-1)
        )
        predicted_fraction, predicted_remaining = self.model.horizons(hidden)
        count = batch.holds.sum().clamp(min=1)
        fraction_error = ((predicted_fraction - batch.fraction).abs() * batch.holds).sum() / count
        remaining_error = ((predicted_remaining - batch.remaining).abs() * batch.holds).sum() / count
        total = next_token
        if self.arguments.horizon:
            total = next_token + FRACTION_WEIGHT * fraction_error + REMAINING_WEIGHT * remaining_error
        return total, (next_token.item(), fraction_error.item(), remaining_error.item())

    @torch.no_grad()
    def evaluate(self, path: Path, rows: int = 64) -> dict[str, float]:
        """Mean loss on a shard of held-out packages: of all tokens, of the middles alone, and the horizon's errors."""
        sequences = np.load(path, mmap_mode="r")[:rows]
        sums = np.zeros(5)
        for start in range(0, len(sequences), 8):
            batch = Batch.of(sequences[start : start + 8], self.device)
            hidden = self.model(batch.inputs)
            losses = F.cross_entropy(self.model.logits(hidden).float().flatten(0, 1), batch.targets.flatten(), reduction="none")
            fraction, remaining = self.model.horizons(hidden)
            holds = batch.holds
            first = holds & ~F.pad(holds, (1, 0))[:, :-1]
            sums += [
                losses.mean().item(),
                losses[holds.flatten()].mean().item(),
                losses[first.flatten()].mean().item(),
                (fraction - batch.fraction).abs()[holds].mean().item(),
                (remaining - batch.remaining).abs()[holds].mean().item(),
            ]
        means = (sums / math.ceil(len(sequences) / 8)).round(4).tolist()
        return dict(zip(("loss", "middleLoss", "firstTokenLoss", "fractionError", "remainingError"), means, strict=True))

    def done(self) -> float:
        """Share of the budget that is used."""
        if self.arguments.minutes:
            return self.progress.seconds / (60 * self.arguments.minutes)
        return self.progress.tokens / self.arguments.tokens

    def save(self) -> None:
        if not self.workers.is_first:
            return
        temporary = self.checkpoint.with_suffix(".partial")
        torch.save(
            {
                "config": asdict(self.config),
                "optimizer": self.optimizer.state_dict(),
                "progress": asdict(self.progress),
                "arguments": {key: str(value) for key, value in vars(self.arguments).items()},
            },
            temporary,
        )
        temporary.rename(self.checkpoint)

    def log(self, **entry: object) -> None:
        if not self.workers.is_first:
            return
        line = json.dumps(entry)
        print(line, flush=True)
        with (self.arguments.out / "log.jsonl").open("a") as file:
            file.write(line + "\n")

    def step(self) -> dict[str, float]:
        """One optimizer step. Returns the parts of the loss, means over all micro-batches, and the gradients' norm."""
        arguments, progress = self.arguments, self.progress
        assert progress.taken is not None
        done = self.done()
        number = next((i for i, stage in enumerate(self.stages) if done < stage.until), len(self.stages) - 1)
        shard = self.shards[number]
        rows = max(1, arguments.micro_batch_tokens // shard.length)
        sums = np.zeros(3)
        for micro in self.workers.share(progress.step, self.first_step, arguments.micro_batches):
            batch = Batch.of(shard.take(progress.taken[number] + micro * rows, rows), self.device)
            total, parts = self.losses(batch)
            (total / arguments.micro_batches).backward()
            sums += parts
        # The first process's clock is everybody's, so that all agree on the rate and on the end.
        clock = self.clock() if self.workers.is_first else 0.0
        gradients, (clock, stopping, *parts) = self.workers.sum(self.model, [clock, float(self.stopping), *sums])
        norm = self.optimizer.step(gradients, rate_scale(done))
        progress.taken[number] += rows * arguments.micro_batches
        progress.tokens += rows * arguments.micro_batches * shard.length
        progress.step += 1
        progress.seconds = clock
        self.stopping = stopping > 0
        means = (part / arguments.micro_batches for part in parts)
        return dict(zip(("loss", "fractionError", "remainingError"), means, strict=True)) | {"norm": norm}

    def run(self) -> None:
        arguments, progress = self.arguments, self.progress
        arguments.out.mkdir(parents=True, exist_ok=True)
        self.first_step = progress.step
        started, before = time.monotonic(), progress.seconds
        self.clock = lambda: before + time.monotonic() - started
        self.log(event="start", parameters=parameter_count(self.model), device=str(self.device), processes=self.workers.count, **asdict(progress))
        saved_at = evaluated_at = logged_at = progress.seconds
        logged_tokens = progress.tokens
        while self.done() < 1 and not self.stopping:
            parts = self.step()
            now = progress.seconds
            if progress.step % arguments.log_every == 0:
                self.log(
                    step=progress.step,
                    tokens=progress.tokens,
                    seconds=round(now, 1),
                    tokensPerSecond=round((progress.tokens - logged_tokens) / max(now - logged_at, 1e-9)),
                    scale=round(rate_scale(self.done()), 4),
                    **{key: round(value, 4) for key, value in parts.items()},
                )
                logged_at, logged_tokens = now, progress.tokens
            if now - saved_at > CHECKPOINT_SECONDS:
                self.save()
                saved_at = now
            if arguments.dev and now - evaluated_at > arguments.evaluate_minutes * 60:
                self.log(event="dev", step=progress.step, tokens=progress.tokens, **self.evaluate_alone(64))
                evaluated_at = now
        self.save()
        if arguments.dev and not self.stopping:
            self.log(event="dev", step=progress.step, tokens=progress.tokens, **self.evaluate_alone(256))
        self.log(event="stop", done=round(self.done(), 4), **asdict(progress))

    def evaluate_alone(self, rows: int) -> dict[str, float]:
        """The first process evaluates; the others have nothing to do but wait for it in the next sum."""
        return self.evaluate(self.arguments.dev, rows) if self.workers.is_first else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stage", action="append", required=True, help="SHARD.npy@SHARE: use it until this share of the budget")
    parser.add_argument("--dev", type=Path, help="shard of held-out packages")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoint.pt and log.jsonl; goes on from there")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--minutes", type=float)
    budget.add_argument("--tokens", type=int)
    parser.add_argument("--model", default="{}", help="JSON of ModelConfig's fields that differ from the default")
    parser.add_argument("--optimizer", default="{}", help="JSON of OptimizerConfig's fields that differ")
    parser.add_argument("--init-from", type=Path, help="folder of a committed model to start from")
    parser.add_argument("--tokenizer", type=Path, help="of the shards, where it is not the tokenizer of --init-from")
    parser.add_argument("--horizon", action=argparse.BooleanOptionalAction, default=True, help="horizon-length prediction in the loss")
    parser.add_argument("--micro-batch-tokens", type=int, default=2048)
    parser.add_argument("--micro-batches", type=int, default=8, help="micro-batches of a step, over all processes")
    parser.add_argument("--threads", type=int, default=0, help="of each process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-every", type=int, default=20)
    parser.add_argument("--evaluate-minutes", type=float, default=10)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    enable_amx()
    workers = Workers(arguments.threads)
    Trainer(arguments, workers).run()
    workers.close()


if __name__ == "__main__":
    main()
