"""
Measures how fast this machine trains, step by step from a plain PyTorch loop to train.py's, beside its own matrix rate.

Each figure is of one model size on one machine: tokens per second, the arithmetic it stands for (6 operations per parameter and token, plus
attention), and its share of the rate at which the machine multiplies bf16 matrices. Run it with nothing else running.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
import torch.nn.functional as F

from amx import enable_amx
from model import Decoder, ModelConfig, computing_parameters, parameter_count

LENGTH = 512
ROWS = 4
SECONDS = 10.0


def rate(work: Callable[[], None], seconds: float) -> float:
    """Runs per second, after one to warm up."""
    work()
    runs, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        work()
        runs += 1
    return runs / (time.perf_counter() - started)


def matrix_rate(threads: int) -> float:
    """TFLOP/s of a bf16 product with all threads, the best of some shapes."""
    torch.set_num_threads(threads)
    best = 0.0
    for rows, inner, columns in ((2048, 384, 1024), (2048, 1024, 384), (4096, 640, 1728), (8192, 384, 1024)):
        left, right = torch.randn(rows, inner).bfloat16(), torch.randn(columns, inner).bfloat16()
        best = max(best, rate(lambda a=left, b=right: a @ b.t(), 1.0) * 2 * rows * inner * columns / 1e12)  # type: ignore[misc]
    return best


def operations_per_token(model: Decoder, length: int) -> float:
    """Forward and backward: 6 per parameter, and 6 per head size, head and key of the causal half of attention's two products.

    Rows of n-gram tables are looked up, not multiplied.
    """
    config = model.config
    return 6 * computing_parameters(model) + 6 * config.layers * config.attention_heads * config.head_size * length


def plain_loop(config: ModelConfig, compiled: bool) -> float:
    """Tokens per second of the loop people write first: fp32 weights, autocast, PyTorch's attention, whole softmax, AdamW."""
    import model as module

    blocked, module.ATTENTION_ON_CPU = module.ATTENTION_ON_CPU, "sdpa"
    torch.manual_seed(1)
    decoder = Decoder(config)
    forward = torch.compile(decoder) if compiled else decoder
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=1e-3)
    ids = torch.randint(0, config.vocabulary_size, (ROWS, LENGTH + 1))

    def step() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = decoder.logits(forward(ids[:, :-1]))
        F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten()).backward()
        optimizer.step()
        optimizer.zero_grad()

    result = rate(step, SECONDS) * ROWS * LENGTH
    module.ATTENTION_ON_CPU = blocked
    return result


def train_py(config: dict[str, int], processes: int, attention: str) -> float:
    """Tokens per second of train.py itself, the best of the logged stretches after the compiler is done."""
    with TemporaryDirectory() as folder:
        shard = Path(folder) / "shard.npy"
        vocabulary = ModelConfig(**config).vocabulary_size
        np.save(shard, np.random.default_rng(1).integers(7, vocabulary, size=(512, LENGTH + 1), dtype=np.uint16))
        arguments = ["train.py", "--stage", f"{shard}@1", "--out", f"{folder}/run", "--model", json.dumps(config)]
        arguments += ["--tokens", str(12 * 8 * 2048), "--log-every", "3", "--micro-batch-tokens", "2048", "--micro-batches", "8"]
        launcher = [sys.executable] if processes == 1 else ["torchrun", "--nproc-per-node", str(processes)]
        environment = {**os.environ, "HORIZON_ATTENTION": attention}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        subprocess.run([*launcher, *arguments], cwd=Path(__file__).parent, check=True, capture_output=True, env=environment)
        entries = [json.loads(line) for line in (Path(folder) / "run/log.jsonl").read_text().splitlines()]
        return max(entry["tokensPerSecond"] for entry in entries if "tokensPerSecond" in entry)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="{}", help="JSON of ModelConfig's fields that differ from the default")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    enable_amx()
    fields = json.loads(arguments.model)
    config = ModelConfig(**fields)
    decoder = Decoder(config)
    operations = operations_per_token(decoder, LENGTH)
    peak = matrix_rate(arguments.processes)
    print(json.dumps({"parameters": parameter_count(decoder), "matrixTeraflops": round(peak, 3)}), flush=True)
    torch.set_num_threads(arguments.processes)
    steps: dict[str, Callable[[], float]] = {
        "plain loop": lambda: plain_loop(config, compiled=False),
        "plain loop, compiled": lambda: plain_loop(config, compiled=True),
        "train.py, one process, PyTorch's attention": lambda: train_py(fields, 1, "sdpa"),
        "train.py, one process": lambda: train_py(fields, 1, "blocked"),
        f"train.py, {arguments.processes} processes": lambda: train_py(fields, arguments.processes, "blocked"),
    }
    first = 0.0
    for name, measure in steps.items():
        tokens = measure()
        first = first or tokens
        result = {"step": name, "tokensPerSecond": round(tokens), "times": round(tokens / first, 2)}
        print(json.dumps({**result, "shareOfPeak": round(tokens * operations / 1e12 / peak, 3)}), flush=True)


if __name__ == "__main__":
    main()
