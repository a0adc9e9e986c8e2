"""Compares architectures and optimizers at small scale: each variant trains with the arithmetic of the base, and is judged by its dev loss.

A variant that stops is taken up again where it was; those that are done are only read. Run it with the names of some variants, on as many cores as
there are, or with none for all of them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from model import Decoder, ModelConfig
from optimizer import OptimizerConfig
from throughput import operations_per_token

# Small enough that a core trains some of them in an hour; each layer is shaped like the default model's.
BASE = {"hidden_size": 256, "layers": 4, "attention_heads": 2, "feed_forward_size": 704}
LOSSES = ("loss", "middleLoss", "firstTokenLoss", "fractionError")


@dataclass(frozen=True)
class Variant:
    """What differs from the base: sizes, the optimizer, options of train.py."""

    model: dict[str, int | bool] = field(default_factory=dict)
    optimizer: dict[str, float] = field(default_factory=dict)
    options: tuple[str, ...] = ()


VARIANTS = {
    "base": Variant(),
    "another seed": Variant(options=("--seed", "2")),
    "no horizon-length prediction": Variant(options=("--no-horizon",)),
    "n-gram embeddings": Variant({"ngram_rows": 16_384}),
    "norm of queries and keys": Variant({"query_key_norm": True}),
    "heads of 64": Variant({"attention_heads": 4, "head_size": 64}),
    "narrow and deep": Variant({"hidden_size": 192, "layers": 8, "feed_forward_size": 512, "head_size": 96}),
    "wide and shallow": Variant({"hidden_size": 384, "layers": 2, "attention_heads": 3, "feed_forward_size": 1024}),
    "a third of the size": Variant({"hidden_size": 128, "layers": 3, "attention_heads": 1, "feed_forward_size": 352}),
    "two and a half times the size": Variant({"hidden_size": 384, "layers": 6, "attention_heads": 3, "feed_forward_size": 1024}),
    "Muon at half the rate": Variant(optimizer={"muon_rate": 0.01}),
    "Muon at twice the rate": Variant(optimizer={"muon_rate": 0.04}),
    "AdamW alone": Variant(optimizer={"muon_rate": 0, "adam_rate": 1.5e-3}),
    "AdamW alone at twice the rate": Variant(optimizer={"muon_rate": 0, "adam_rate": 3e-3}),
}


def operations(model: dict[str, int | bool], length: int) -> float:
    return operations_per_token(Decoder(ModelConfig(**{**BASE, **model})), length)


def train(name: str, arguments: argparse.Namespace) -> None:
    variant = VARIANTS[name]
    tokens = round(arguments.tokens * operations({}, arguments.length) / operations(variant.model, arguments.length))
    OptimizerConfig(**variant.optimizer)
    command = [sys.executable, "train.py", "--stage", f"{arguments.shard.resolve()}@1", "--dev", str(arguments.dev.resolve())]
    command += ["--out", str(folder(name, arguments.out).resolve())]
    command += ["--tokens", str(tokens), "--model", json.dumps({**BASE, **variant.model}), "--optimizer", json.dumps(variant.optimizer)]
    command += ["--micro-batches", "3", "--threads", "1", "--evaluate-minutes", "1e9", "--log-every", "50", *variant.options]
    subprocess.run(command, cwd=Path(__file__).parent, check=True, stdout=sys.stderr)


def folder(name: str, out: Path) -> Path:
    return out / name.replace(" ", "-")


def result(name: str, out: Path, length: int) -> dict[str, object] | None:
    """The last evaluation of a run that has ended; None of one that has not."""
    log = folder(name, out) / "log.jsonl"
    entries = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    if not any(entry.get("event") == "stop" and entry["done"] >= 1 for entry in entries):
        return None
    last = [entry for entry in entries if entry.get("event") == "dev"][-1]
    start = next(entry for entry in entries if entry.get("event") == "start")
    spent = last["tokens"] * operations(VARIANTS[name].model, length)
    return {"variant": name, "parameters": start["parameters"], "operations": spent} | {key: last[key] for key in ("tokens", *LOSSES)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="*", help=f"of: {', '.join(VARIANTS)}")
    parser.add_argument("--shard", type=Path, required=True, help="of pack.py, on train.jsonl")
    parser.add_argument("--dev", type=Path, required=True, help="of pack.py, on dev.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="a folder is made in it for each variant")
    parser.add_argument("--tokens", type=int, default=1_200_000, help="of the base; the others get as many as cost the same")
    parser.add_argument("--length", type=int, default=512, help="of the shard's sequences")
    arguments = parser.parse_args()
    if unknown := set(arguments.variants) - VARIANTS.keys():
        parser.error(f"there is no variant {', '.join(sorted(unknown))}; there are {', '.join(VARIANTS)}")
    for name in arguments.variants or VARIANTS:
        if result(name, arguments.out, arguments.length) is None:
            train(name, arguments)
        print(json.dumps(result(name, arguments.out, arguments.length)), flush=True)


if __name__ == "__main__":
    main()
