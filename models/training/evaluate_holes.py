"""
Scores a checkpoint or an exported model on fixed holes: loss of the middle per character, exact match, horizon error; one line a hole, for paired comparison.

One pass over each document with its true middle is enough for exact match: greedy decoding writes the middle if and only if every one of
its tokens, and its end, is the likeliest after the true ones before it. (Text that equals the middle in other tokens counts as wrong; there is
hardly any, since the middle is encoded the way the model learnt it.)
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from amx import enable_amx
from committed import read_config
from export import load_checkpoint
from holes import Hole, read_holes
from layout import MARKER_DISTANCE, MIDDLE_FLAG, Layout
from model import Decoder
from runtime import OnnxDecoder
from train import Batch

BATCH_TOKENS = 8192
REPLICATES = 1000
# Middles of fewer tokens have next to nothing between their first token and their end.
INTERIOR_TOKENS = 4
Score = dict[str, float | int | str]


def encode(holes: list[Hole], layout: Layout, longest: int) -> list[np.ndarray]:
    """Flagged ids of each hole's document, cut on the left where it is longer than the model reads."""
    return [
        np.array([*layout.repository(hole.repository), *layout.suffix_prefix_middle(hole.document)], dtype=np.uint16)[-longest:]
        for hole in holes
    ]


def batches(sequences: list[np.ndarray]) -> Iterator[list[int]]:
    """Numbers of sequences of like length that fill a batch together."""
    batch: list[int] = []
    for number in sorted(range(len(sequences)), key=lambda n: len(sequences[n])):
        if batch and (len(batch) + 1) * len(sequences[number]) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


class Predicted(NamedTuple):
    """At the places that predict a middle's tokens and its end: logits (or, of the truth, ids), fraction, log2(1 + remaining)."""

    tokens: torch.Tensor
    fraction: torch.Tensor
    remaining: torch.Tensor

    def of(self, places: torch.Tensor) -> Predicted:
        return Predicted(*(part[places] for part in self))


def interior(tokens: int) -> np.ndarray:
    """
    How many tokens of a middle are written, at each place inside it, of a middle that has so many tokens with its end; none of a short one.

    The first place is left out since nothing is written there, the last one since the end is there to be seen.
    """
    middle = tokens - 1
    return np.arange(1, middle) if middle >= INTERIOR_TOKENS else np.arange(0)


def share_to_come(remaining: torch.Tensor, written: torch.Tensor) -> torch.Tensor:
    """The share of a middle still to come, by log2(1 + tokens to come) and how many are written, which whoever writes them knows; all [places]."""
    tokens = (2**remaining - 1).clamp(min=0)
    return tokens / (tokens + written)


def score_hole(hole: Hole, predicted: Predicted, truth: Predicted) -> Score:
    fraction_errors = (predicted.fraction - truth.fraction).abs()
    inside = torch.from_numpy(interior(len(truth.tokens)))
    by_remaining = share_to_come(predicted.remaining[inside], inside)
    return {
        "cluster": f"{hole.repository}/{hole.path}",
        "language": hole.language,
        "kind": hole.kind,
        "characters": len(hole.middle),
        "tokens": len(truth.tokens),
        "loss": float(F.cross_entropy(predicted.tokens, truth.tokens, reduction="sum")),
        "exact": int((predicted.tokens.argmax(-1) == truth.tokens).all()),
        "fractionError": float(fraction_errors.mean()),
        "interiorError": float(fraction_errors[inside].sum()),
        "interiorErrorByRemaining": float((by_remaining - truth.fraction[inside]).abs().sum()),
        "remainingError": float((predicted.remaining - truth.remaining).abs().mean()),
    }


def score_exported(decoder: OnnxDecoder, holes: list[Hole]) -> list[Score]:
    """The same by the exported graph, one document at a time as in the editor."""
    scores = []
    for hole, ids in zip(holes, encode(holes, decoder.layout, decoder.config.maximum_positions), strict=True):
        batch = Batch.of(ids[None], torch.device("cpu"))
        places = batch.holds[0].nonzero()[:, 0]
        logits, horizon, _ = decoder.run(batch.inputs[0].tolist(), decoder.empty_past(), places.tolist())
        predicted = Predicted(*(torch.from_numpy(part) for part in (logits, horizon[:, 0], horizon[:, 1])))
        scores.append(score_hole(hole, predicted, Predicted(batch.targets[0], batch.fraction[0], batch.remaining[0]).of(places)))
    return scores


@torch.no_grad()
def score(model: Decoder, holes: list[Hole], layout: Layout) -> list[Score]:
    """One score a hole, in their order."""
    sequences = encode(holes, layout, model.config.maximum_positions)
    scores: list[Score | None] = [None] * len(holes)
    for numbers in batches(sequences):
        length = max(len(sequences[n]) for n in numbers)
        rows = np.zeros((len(numbers), length), dtype=np.uint16)
        for row, number in enumerate(numbers):
            rows[row, : len(sequences[number])] = sequences[number]
        batch = Batch.of(rows, next(model.parameters()).device)
        hidden = model(batch.inputs)
        fraction, remaining = model.horizons(hidden)
        row_of, _ = batch.holds.nonzero(as_tuple=True)
        logits = model.logits(hidden[batch.holds]).float()
        predicted = Predicted(logits, fraction[batch.holds], remaining[batch.holds])
        truth = Predicted(batch.targets[batch.holds], batch.fraction[batch.holds], batch.remaining[batch.holds])
        for row, number in enumerate(numbers):
            scores[number] = score_hole(holes[number], predicted.of(row_of == row), truth.of(row_of == row))
    return [s for s in scores if s is not None]


def interval(numerators: np.ndarray, denominators: np.ndarray, clusters: list[str], seed: int = 1) -> dict[str, float]:
    """A ratio of sums with its 95% bootstrap interval over clusters (files)."""
    names, index = np.unique(clusters, return_inverse=True)
    above, below = np.bincount(index, numerators), np.bincount(index, denominators)
    draws = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=REPLICATES)
    low, high = np.percentile((draws @ above) / np.maximum(draws @ below, 1e-9), [2.5, 97.5])
    return {"value": round(float(above.sum() / below.sum()), 5), "low": round(float(low), 5), "high": round(float(high), 5)}


def counting_errors(tokens: list[int]) -> np.ndarray:
    """
    The sums of errors, at the places inside each middle, of the best predictor of the horizon that sees nothing but the number of tokens written
    so far: the median share that is still to come at that number. It is fitted to these very middles, which flatters it.
    """
    places = [interior(count) for count in tokens]
    shares = [1 - written / (count - 1) for written, count in zip(places, tokens, strict=True)]
    all_places, all_shares = np.concatenate(places), np.concatenate(shares)
    best = {int(place): float(np.median(all_shares[all_places == place])) for place in np.unique(all_places)}
    return np.array(
        [sum(abs(share - best[int(place)]) for place, share in zip(*pair, strict=True)) for pair in zip(places, shares, strict=True)]
    )


def summarize(scores: list[Score], other: list[Score] | None = None) -> dict[str, object]:
    """Figures with intervals; with another run's scores of the same holes, the paired differences (this − other)."""

    def column(name: str, of: list[Score]) -> np.ndarray:
        return np.array([float(s[name]) for s in of])

    clusters = [str(s["cluster"]) for s in scores]
    ones = np.ones(len(scores))
    columns = {
        "exactMatch": ("exact", ones),
        "bitsPerCharacter": ("loss", column("characters", scores) * math.log(2)),
        "fractionError": ("fractionError", ones),
        "remainingError": ("remainingError", ones),
    }
    tokens = [int(s["tokens"]) for s in scores]
    places = np.array([len(interior(count)) for count in tokens], dtype=float)
    if places.any():
        columns |= {name: (name, places) for name in ("interiorError", "interiorErrorByRemaining")}
    result: dict[str, object] = {"holes": len(scores)}
    for name, (key, denominators) in columns.items():
        values = column(key, scores) - (column(key, other) if other else 0)
        result[name] = interval(values, denominators, clusters)
    if other is None:
        if places.any():
            counted = counting_errors(tokens)
            result["countingError"] = interval(counted, places, clusters)
            for name in ("interiorError", "interiorErrorByRemaining"):
                result[f"{name}BelowCounting"] = interval(counted - column(name, scores), places, clusters)
        result["tokensPerMiddle"] = round(float(column("tokens", scores).mean()), 2)
        for group in ("language", "kind"):
            result[group] = {
                value: round(float(np.mean([s["exact"] for s in scores if s[group] == value])), 4)
                for value in sorted({str(s[group]) for s in scores})
            }
    return result


def read_scores(path: Path) -> list[Score]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def load_decoder(checkpoint: Path) -> Decoder:
    """The decoder in bf16 with a checkpoint's masters."""
    config, weights = load_checkpoint(checkpoint)
    model = Decoder(config)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return model.to_bfloat16()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holes", type=Path, required=True, help="file of holes.py")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path, help="of train.py; needs --tokenizer")
    source.add_argument("--model", type=Path, help="folder of an exported model, in whatever bits")
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="scores, JSON lines")
    parser.add_argument("--against", type=Path, help="scores of another model on the same holes: prints paired differences")
    parser.add_argument("--marker-distance", type=int, default=MARKER_DISTANCE, help="that the checkpoint was trained with")
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    holes = read_holes(arguments.holes)
    if arguments.model:
        scores = score_exported(OnnxDecoder(arguments.model, read_config(arguments.model), arguments.threads), holes)
    else:
        enable_amx()
        if arguments.threads:
            torch.set_num_threads(arguments.threads)
        layout = Layout(Tokenizer.from_file(str(arguments.tokenizer)), arguments.marker_distance)
        scores = score(load_decoder(arguments.checkpoint), holes, layout)
    arguments.out.write_text("".join(json.dumps(s) + "\n" for s in scores))
    print(json.dumps(summarize(scores), indent=1))
    if arguments.against:
        print(json.dumps({"difference": summarize(scores, read_scores(arguments.against))}, indent=1))


if __name__ == "__main__":
    main()
