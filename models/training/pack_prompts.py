"""Packs prompts that the context engine made (`horizon eval prompts`) into token sequences of one length, as a .npy shard like pack.py's."""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from layout import MIDDLE_FLAG, Layout

FORMAT = "horizon-prompts-1"


def read_prompts(paths: list[Path], layout: Layout, tokenizer_sha256: str) -> Iterator[list[int]]:
    """Ids of each prompt with its middle, flagged, and the end of text.

    Raises ValueError, naming the line, for what is no such prompt or another tokenizer's.
    """
    for path in paths:
        with path.open() as lines:
            for number, line in enumerate(lines, 1):
                try:
                    prompt = json.loads(line)
                except json.JSONDecodeError as error:
                    raise ValueError(f"{path}:{number}: no JSON; was the file cut off? Remove the line, or write the file again") from error
                if prompt.get("format") != FORMAT:
                    raise ValueError(f"{path}:{number}: not of the format {FORMAT}")
                if prompt["tokenizer"] != tokenizer_sha256:
                    raise ValueError(f"{path}:{number}: made with another tokenizer; write the prompts again with this model")
                middle = [token_id | MIDDLE_FLAG for token_id in [*prompt["middle"], layout.ids["endOfMiddle"]]]
                yield [*prompt["prompt"], *middle, layout.ids["endOfText"]]


def pack(documents: list[list[int]], length: int, end: int, generator: random.Random) -> list[list[int]]:
    """Sequences of exactly `length` ids of whole documents, in an order that the generator fixes; what is left of a sequence is `end`.

    Documents are mixed whatever their repository: in a prompt of the same one a middle might be read before it is to be written.
    """
    documents = [document for document in documents if len(document) <= length]
    generator.shuffle(documents)
    # Longest first, each into the fullest sequence that has room for it.
    by_room: list[list[list[int]]] = [[] for _ in range(length + 1)]
    for document in sorted(documents, key=len, reverse=True):
        room = next((room for room in range(len(document), length) if by_room[room]), length)
        sequence = by_room[room].pop() if by_room[room] else []
        sequence += document
        by_room[length - len(sequence)].append(sequence)
    sequences = [sequence + [end] * room for room, group in enumerate(by_room) for sequence in group]
    generator.shuffle(sequences)
    return sequences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=Path, nargs="+", required=True, help="files that `horizon eval prompts` wrote")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="shard to write, .npy of [sequences, length + 1] uint16")
    parser.add_argument("--length", type=int, default=2048, help="tokens a sequence; one more is stored, for the target")
    parser.add_argument("--mix", type=Path, help="shard of pack.py, of the same length, that is mixed in: its middles are longer and denser")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    layout = Layout(Tokenizer.from_file(str(arguments.tokenizer)))
    sha256 = hashlib.sha256(arguments.tokenizer.read_bytes()).hexdigest()
    documents = list(read_prompts(arguments.prompts, layout, sha256))
    if not documents:
        raise SystemExit("there are no prompts in these files: write some with `horizon eval prompts --repo DIR`")
    sequences = pack(documents, arguments.length + 1, layout.ids["endOfText"], random.Random(arguments.seed))
    shard = np.array(sequences, dtype=np.uint16)
    filled = sum(len(document) for document in documents) / shard.size
    print(f"{len(documents)} prompts in {len(shard)} sequences, {filled:.0%} filled")
    if arguments.mix:
        # train.py takes sequences in an order of its own, so they need not be shuffled here.
        shard = np.concatenate([shard, np.load(arguments.mix)])
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    partial = arguments.out.with_suffix(".partial.npy")
    np.save(partial, shard)
    partial.rename(arguments.out)


if __name__ == "__main__":
    main()
