"""Trains the decoder: next token and horizon, on CPU or GPU, within a budget of minutes or tokens, resumable after a kill."""

from __future__ import annotations

import argparse
import json
import math
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from layout import END_OF_MIDDLE, FIM_MIDDLE, SPECIAL_TOKENS
from losses import FIRST_TOKEN_WEIGHT, FRACTION_WEIGHT, MIDDLE_WEIGHT, REMAINING_WEIGHT, ChunkedCrossEntropy, horizon_targets
from model import Decoder, ModelConfig, parameter_count
from optimizer import MixedOptimizer, OptimizerConfig

SPECIAL_IDS = {token: index for index, token in enumerate(SPECIAL_TOKENS.values())}
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


class Batches:
    """Sequences of a shard in an order that the seed fixes; each pass has its own."""

    def __init__(self, shard: Path, seed: int) -> None:
        self.sequences = np.load(shard, mmap_mode="r")
        self.seed = seed
        self.order: tuple[int, np.ndarray] = (-1, np.empty(0))

    def take(self, start: int, count: int) -> np.ndarray:
        rows = []
        for number in range(start, start + count):
            epoch, place = divmod(number, len(self.sequences))
            if self.order[0] != epoch:
                self.order = (epoch, np.random.default_rng((self.seed, epoch)).permutation(len(self.sequences)))
            rows.append(self.sequences[self.order[1][place]])
        return np.stack(rows).astype(np.int64)


class Trainer:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if arguments.threads:
            torch.set_num_threads(arguments.threads)
        torch.manual_seed(arguments.seed)
        self.checkpoint = arguments.out / "checkpoint.pt"
        saved = torch.load(self.checkpoint, map_location="cpu", weights_only=False) if self.checkpoint.exists() else None
        config = ModelConfig(**saved["config"]) if saved else ModelConfig(**json.loads(arguments.model))
        model = Decoder(config)
        if not saved and arguments.init_from:
            from committed import load_committed

            model, config = load_committed(arguments.init_from)
        self.config = config
        cosine, sine = model.cosine, model.sine
        self.model = model.to(self.device).bfloat16()
        # Rotary tables stay in fp32: positions above 256 are not distinct in bf16.
        self.model.cosine, self.model.sine = cosine.to(self.device), sine.to(self.device)
        self.forward = torch.compile(self.model) if arguments.compile else self.model
        self.optimizer = MixedOptimizer(self.model, OptimizerConfig(**json.loads(arguments.optimizer)))
        self.stages = [parse_stage(text) for text in arguments.stage]
        self.batches = [Batches(stage.shard, arguments.seed) for stage in self.stages]
        self.progress = Progress(taken=[0] * len(self.stages))
        if saved:
            self.optimizer.load_state_dict(saved["optimizer"])
            self.progress = Progress(**saved["progress"])
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "stopping", True))

    def horizon_targets(self, inputs: np.ndarray) -> tuple[torch.Tensor, ...]:
        """The fraction, log2(1 + remaining) and where they hold, on the device; see losses.horizon_targets."""
        arrays = horizon_targets(inputs, SPECIAL_IDS[FIM_MIDDLE], SPECIAL_IDS[END_OF_MIDDLE])
        return tuple(torch.from_numpy(array).to(self.device) for array in arrays)

    def losses(self, batch: np.ndarray) -> tuple[torch.Tensor, dict[str, float]]:
        """Total loss of a batch [rows, length + 1] and its parts."""
        inputs = torch.from_numpy(batch[:, :-1]).to(self.device)
        targets = torch.from_numpy(batch[:, 1:]).to(self.device).reshape(-1)
        fraction, remaining, holds = self.horizon_targets(batch[:, :-1])
        hidden = self.forward(inputs)
        weights = torch.ones_like(fraction)
        if self.done() > 1 - DECAY:
            weights[holds] = MIDDLE_WEIGHT
            weights[inputs == SPECIAL_IDS[FIM_MIDDLE]] = FIRST_TOKEN_WEIGHT
        next_token = ChunkedCrossEntropy.apply(
            hidden.reshape(-1, self.config.hidden_size),
            self.model.embedding.weight,
            targets,
            weights.reshape(-1),
        )
        predicted_fraction, predicted_remaining = self.model.horizons(hidden)
        count = holds.sum().clamp(min=1)
        fraction_error = ((predicted_fraction - fraction).abs() * holds).sum() / count
        remaining_error = ((predicted_remaining - remaining).abs() * holds).sum() / count
        total = next_token + FRACTION_WEIGHT * fraction_error + REMAINING_WEIGHT * remaining_error
        return total, {
            "loss": next_token.item(),
            "fractionError": fraction_error.item(),
            "remainingError": remaining_error.item(),
        }

    @torch.no_grad()
    def evaluate(self, shard: Path, rows: int = 64) -> dict[str, float]:
        """Mean loss on the dev shard: of all tokens, of the middles alone, and the horizon's errors."""
        sequences = np.load(shard, mmap_mode="r")[:rows].astype(np.int64)
        sums = np.zeros(4)
        for start in range(0, len(sequences), 8):
            batch = sequences[start : start + 8]
            hidden = self.model(torch.from_numpy(batch[:, :-1]).to(self.device))
            targets = torch.from_numpy(batch[:, 1:]).to(self.device)
            losses = F.cross_entropy(self.model.logits(hidden).float().flatten(0, 1), targets.flatten(), reduction="none")
            fraction, remaining, holds = self.horizon_targets(batch[:, :-1])
            predicted_fraction, predicted_remaining = self.model.horizons(hidden)
            sums += [
                losses.mean().item(),
                losses[holds.flatten()].mean().item(),
                (predicted_fraction - fraction).abs()[holds].mean().item(),
                (predicted_remaining - remaining).abs()[holds].mean().item(),
            ]
        means = sums / math.ceil(len(sequences) / 8)
        return dict(zip(("loss", "middleLoss", "fractionError", "remainingError"), means.round(4).tolist(), strict=True))

    def done(self) -> float:
        """Share of the budget that is used."""
        if self.arguments.minutes:
            return self.progress.seconds / (60 * self.arguments.minutes)
        return self.progress.tokens / self.arguments.tokens

    def save(self) -> None:
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
        line = json.dumps(entry)
        print(line, flush=True)
        with (self.arguments.out / "log.jsonl").open("a") as file:
            file.write(line + "\n")

    def run(self) -> None:
        arguments, progress = self.arguments, self.progress
        arguments.out.mkdir(parents=True, exist_ok=True)
        self.log(event="start", parameters=parameter_count(self.model), device=str(self.device), **asdict(progress))
        saved_at = evaluated_at = time.monotonic()
        assert progress.taken is not None
        while (done := self.done()) < 1 and not self.stopping:
            started = time.monotonic()
            number = next((i for i, stage in enumerate(self.stages) if done < stage.until), len(self.stages) - 1)
            length = self.batches[number].sequences.shape[1] - 1
            rows = max(1, arguments.micro_batch_tokens // length)
            for _ in range(arguments.micro_batches):
                batch = self.batches[number].take(progress.taken[number], rows)
                total, parts = self.losses(batch)
                (total / arguments.micro_batches).backward()
                progress.taken[number] += rows
                progress.tokens += rows * length
            norm = self.optimizer.step(rate_scale(done))
            progress.step += 1
            now = time.monotonic()
            progress.seconds += now - started
            if progress.step % arguments.log_every == 0:
                rate = rows * length * arguments.micro_batches / (now - started)
                self.log(
                    step=progress.step,
                    tokens=progress.tokens,
                    seconds=round(progress.seconds, 1),
                    tokensPerSecond=round(rate),
                    norm=round(norm, 3),
                    scale=round(rate_scale(done), 4),
                    **{key: round(value, 4) for key, value in parts.items()},
                )
            if now - saved_at > CHECKPOINT_SECONDS:
                self.save()
                saved_at = now
            if arguments.dev and now - evaluated_at > arguments.evaluate_minutes * 60:
                self.log(event="dev", step=progress.step, tokens=progress.tokens, **self.evaluate(arguments.dev))
                evaluated_at = now
        self.save()
        if arguments.dev and not self.stopping:
            self.log(event="dev", step=progress.step, tokens=progress.tokens, **self.evaluate(arguments.dev, 256))
        self.log(event="stop", done=round(self.done(), 4), **asdict(progress))


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
    parser.add_argument("--micro-batch-tokens", type=int, default=8192)
    parser.add_argument("--micro-batches", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log-every", type=int, default=20)
    parser.add_argument("--evaluate-minutes", type=float, default=10)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    Trainer(parser.parse_args()).run()


if __name__ == "__main__":
    main()
