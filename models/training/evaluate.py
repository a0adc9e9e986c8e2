"""Exact match on HumanEval-Infilling single-line: an exported model or a checkpoint, beside the two baselines."""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
from collections.abc import Callable
from pathlib import Path

from baselines import FrequentLines, complete_from_file
from committed import read_config
from runtime import OnnxDecoder

# A single line of HumanEval is shorter than this.
BUDGET = 64
PROMPT_CHARACTERS = 3_000


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% Wilson interval of a share."""
    share = hits / count
    middle, half = share + z * z / (2 * count), z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


def first_line(text: str) -> str:
    """The first line that is not blank, stripped: what a single-line suggestion would show."""
    return next((line.strip() for line in text.split("\n") if line.strip()), "")


def exact_match(holes: list[dict[str, str]], complete: Callable[[str, str], str], raw: bool = False) -> dict[str, object]:
    """Share of holes whose completion equals the line after both are stripped; `raw` without cutting at the line's end."""
    hits = 0
    for hole in holes:
        text = complete(hole["prompt"], hole["suffix"])
        hits += (text.strip() if raw else first_line(text)) == hole["canonical_solution"].strip()
    low, high = wilson(hits, len(holes))
    return {"value": hits / len(holes), "low": low, "high": high, "n": len(holes)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="HumanEval-SingleLineInfilling.jsonl.gz")
    parser.add_argument("--model", type=Path, help="folder of an exported model")
    parser.add_argument("--documents", type=Path, help="train.jsonl, for the baselines")
    parser.add_argument("--limit", type=int, default=0, help="every n-th hole so that about this many remain")
    parser.add_argument("--samples", type=Path, help="file for every completion, JSON lines")
    arguments = parser.parse_args()
    with gzip.open(arguments.data, "rt") as file:
        holes = [json.loads(line) for line in file]
    if arguments.limit:
        holes = holes[:: max(1, len(holes) // arguments.limit)]
    result: dict[str, object] = {}
    if arguments.documents:
        with arguments.documents.open() as lines:
            texts = (d["text"] for d in map(json.loads, lines) if d["language"] == "python")
            frequent = FrequentLines(texts)
        result["mostFrequentLine"] = exact_match(holes, lambda prefix, _: frequent.complete(prefix))
        result["nGramOfTheFile"] = exact_match(holes, complete_from_file)
    if arguments.model:
        decoder = OnnxDecoder(arguments.model, read_config(arguments.model), threads=os.cpu_count() or 2)
        written: dict[tuple[str, str], str] = {}

        def complete(prefix: str, suffix: str) -> str:
            if (prefix, suffix) not in written:
                # As in an editor: the caret stands on a line of its own, whose line break is what the suffix begins with.
                prompt = decoder.prompt("human-eval", "solution.py", prefix[-PROMPT_CHARACTERS:], "\n" + suffix[:PROMPT_CHARACTERS])
                written[prefix, suffix] = decoder.text(decoder.greedy(prompt, BUDGET))
            return written[prefix, suffix]

        result["model"] = exact_match(holes, complete)
        result["modelWithoutTruncation"] = exact_match(holes, complete, raw=True)
        if arguments.samples:
            with arguments.samples.open("w") as file:
                for hole in holes:
                    text = complete(hole["prompt"], hole["suffix"])
                    file.write(json.dumps({"task": hole["task_id"], "truth": hole["canonical_solution"], "text": text}) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
