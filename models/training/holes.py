"""Cuts a fixed set of holes out of held-out documents, so that models, whatever their tokenizer, are compared on the same text."""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path

from layout import FimDocument
from middles import KINDS, LONGEST_MIDDLE
from pack import LANGUAGE_SHARES, SourceFile, read_documents, short_name, window

# Text around a middle: about what 512 tokens hold.
CHARACTERS = 1500
SUFFIX_SHARE = 0.3


@dataclass(frozen=True)
class Hole:
    repository: str
    path: str
    language: str
    kind: str
    prefix: str
    middle: str
    suffix: str

    @property
    def document(self) -> FimDocument:
        return FimDocument(self.path, self.prefix, self.middle, self.suffix)


def cut_hole(file: SourceFile, generator: random.Random) -> Hole | None:
    """A hole with everything after it in its suffix, as in a file that is edited; None where the kind finds no place."""
    text = window(file.text, CHARACTERS, generator)
    kind = generator.choices(list(KINDS), weights=list(KINDS.values()))[0]
    lead = len(text) // 5
    span = kind(text[lead:], file.language, generator) if len(text) > 200 else None
    if span is None:
        return None
    start, end = span[0] + lead, min(span[1], span[0] + LONGEST_MIDDLE) + lead
    if not text[start:end].strip():
        return None
    suffix = text[end : end + int(CHARACTERS * SUFFIX_SHARE)]
    return Hole(short_name(file.repository), file.path, file.language, kind.__name__, text[:start], text[start:end], suffix)


def cut_holes(documents: Path, count: int, seed: int) -> list[Hole]:
    """Languages at their shares, repositories and files equally likely."""
    generator = random.Random(seed)
    languages = read_documents(documents)
    shares = [LANGUAGE_SHARES[language] for language in languages]
    holes: list[Hole] = []
    while len(holes) < count:
        language = generator.choices(list(languages), weights=shares)[0]
        hole = cut_hole(generator.choice(generator.choice(languages[language])), generator)
        if hole is not None:
            holes.append(hole)
    return holes


def read_holes(path: Path) -> list[Hole]:
    return [Hole(**json.loads(line)) for line in path.read_text().splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True, help="dev.jsonl of the corpus (test.jsonl for reports only)")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines, one hole each")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with arguments.out.open("w") as file:
        for hole in cut_holes(arguments.documents, arguments.count, arguments.seed):
            file.write(json.dumps(asdict(hole)) + "\n")


if __name__ == "__main__":
    main()
