"""Trains the byte-level BPE tokenizer on a sample of the corpus and writes tokenizer.json."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from headers import without_licence_header
from layout import SPECIAL_TOKENS

# A line break and the indentation after it are one piece: a caret that the editor has indented stands at its end. Digits go in threes. What is
# left of a line is one piece, so that merges cross blanks and signs ("return ", "self.", "): "): a tenth fewer tokens, and the places where people
# stop to think, behind a dot or a bracket, are ends of tokens three times as often as with pieces that end at words.
PIECES = r"(?:\r?\n)+[ \t]*|\p{N}{1,3}|[^\r\n\p{N}]+|\s+"


def new_tokenizer(pieces: str = PIECES) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pieces), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def sample(documents: Path, share: dict[str, float], characters: int, seed: int) -> Iterator[str]:
    """About `characters` of text, each language at its share, files chosen at random."""
    with documents.open() as lines:
        totals: dict[str, int] = {}
        for line in lines:
            document = json.loads(line)
            totals[document["language"]] = totals.get(document["language"], 0) + len(document["text"])
    chance = {language: min(1.0, share.get(language, 0) * characters / total) for language, total in totals.items()}
    generator = random.Random(seed)
    with documents.open() as lines:
        for line in lines:
            document = json.loads(line)
            if generator.random() < chance[document["language"]]:
                yield without_licence_header(document["text"])


def train(texts: Iterator[str], vocabulary_size: int, pieces: str = PIECES) -> Tokenizer:
    tokenizer = new_tokenizer(pieces)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=list(SPECIAL_TOKENS.values()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=24,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True, help="train.jsonl of the corpus")
    parser.add_argument("--out", type=Path, required=True, help="tokenizer.json to write")
    parser.add_argument("--vocabulary-size", type=int, default=8192)
    parser.add_argument("--characters", type=int, default=40_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    from pack import LANGUAGE_SHARES

    texts = sample(arguments.documents, LANGUAGE_SHARES, arguments.characters, arguments.seed)
    tokenizer = train(texts, arguments.vocabulary_size)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(arguments.out))


if __name__ == "__main__":
    main()
