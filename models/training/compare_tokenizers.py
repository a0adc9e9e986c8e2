"""
Measures candidates for the tokenizer: characters per token by language, how often a caret stands between two tokens, and what a
vocabulary's softmax costs in training on this machine.

A caret inside a token splits it: the model then meets the end of its prompt, and the start of the middle, in pieces that plain text hardly
ever has. So a tokenizer is better the more of the places where people stop are ends of tokens.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer

from amx import enable_amx
from losses import ChunkedCrossEntropy
from middles import after_trigger, syntax_node
from pack import LANGUAGE_SHARES
from train_tokenizer import PIECES, sample, train

# How text is cut into pieces that merges do not cross. llama.cpp has `llama3` and `gpt2` built in, the others not.
CANDIDATES = {
    # Words with the sign or blank before them; a line break with the indentation after it.
    "words": r"(?:\r?\n)+[ \t]*|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "llama3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    # What is left of a line behind its indentation: merges cross blanks and signs.
    "rest of line": PIECES,
    # The indentation belongs to that, too.
    "line": r"\p{N}{1,3}|(?:\r?\n)+[ \t]*[^\r\n\p{N}]*|[^\r\n\p{N}]+|\s+",
}
CARETS = ("indented line", "start of line", "behind a sign", "syntax node")
HIDDEN_SIZE = 384
BEFORE, AFTER = 300, 60


def caret(kind: str, text: str, language: str, generator: random.Random) -> int | None:
    """A place where a middle of this kind would begin."""
    if kind == "behind a sign":
        span = after_trigger(text, language, generator)
    elif kind == "syntax node":
        span = syntax_node(text, language, generator)
    else:
        start = text.rfind("\n", 0, generator.randrange(len(text))) + 1
        if kind == "indented line":
            start += len(text[start:]) - len(text[start:].lstrip(" \t"))
        return start
    return span[0] if span else None


def clean_carets(tokenizer: Tokenizer, documents: list[dict[str, str]], kind: str, seed: int) -> float:
    """Share of carets that stand between two tokens of the text around them."""
    generator = random.Random(seed)
    clean = count = 0
    for document in documents:
        text = document["text"]
        for _ in range(3):
            place = caret(kind, text, document["language"], generator)
            if place is None:
                continue
            start = max(0, place - BEFORE)
            ends = {end for _, end in tokenizer.encode(text[start : place + AFTER]).offsets}
            clean += place - start in ends or place == start
            count += 1
    return clean / max(count, 1)


def softmax_seconds(vocabulary_size: int, tokens: int = 2048) -> float:
    """Seconds of cross-entropy, forward and backward, the product with the embedding included."""
    hidden = torch.randn(tokens, HIDDEN_SIZE).bfloat16().requires_grad_()
    embedding = torch.randn(vocabulary_size, HIDDEN_SIZE).bfloat16().requires_grad_()
    targets, weights = torch.randint(0, vocabulary_size, (tokens,)), torch.ones(tokens)
    times = []
    for _ in range(6):
        started = time.perf_counter()
        ChunkedCrossEntropy.apply(hidden, embedding, targets, weights).backward()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True, help="train.jsonl")
    parser.add_argument("--dev", type=Path, required=True, help="dev.jsonl")
    parser.add_argument("--characters", type=int, default=12_000_000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[8192, 16384, 32768])
    parser.add_argument("--only", nargs="+", choices=list(CANDIDATES), default=list(CANDIDATES))
    arguments = parser.parse_args()
    enable_amx()
    for size in arguments.sizes:
        print(json.dumps({"vocabularySize": size, "softmaxSecondsOf2048Tokens": round(softmax_seconds(size), 4)}), flush=True)
    documents = [json.loads(line) for line in arguments.dev.read_text().splitlines()]
    random.Random(1).shuffle(documents)
    by_language = {language: [d for d in documents if d["language"] == language][:300] for language in LANGUAGE_SHARES}
    mixed = [d for d in documents if len(d["text"]) > 800][:250]
    for name in arguments.only:
        for size in arguments.sizes:
            tokenizer = train(sample(arguments.documents, LANGUAGE_SHARES, arguments.characters, 1), size, CANDIDATES[name])
            rates = {
                language: sum(len(d["text"]) for d in some) / sum(len(tokenizer.encode(d["text"]).ids) for d in some)
                for language, some in by_language.items()
                if some
            }
            whole = sum(LANGUAGE_SHARES[language] for language in rates)
            mean = sum(rate * LANGUAGE_SHARES[language] for language, rate in rates.items()) / whole
            carets = {kind: round(clean_carets(tokenizer, mixed, kind, 5), 3) for kind in CARETS}
            result = {"pieces": name, "vocabularySize": size, "charactersPerToken": round(mean, 3)}
            print(json.dumps({**result, "byLanguage": {k: round(v, 2) for k, v in rates.items()}, "cleanCarets": carets}), flush=True)


if __name__ == "__main__":
    main()
