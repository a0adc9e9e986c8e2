"""Packs documents by repository into token sequences of one length, FIM applied inside (context level), as a .npy shard."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from headers import without_licence_header
from layout import MARKER_DISTANCE, FimDocument, Layout
from middles import choose_middle

# Share of the sequences by language: most people write Python and TypeScript; the last four are there so that they are not foreign.
LANGUAGE_SHARES = {
    "python": 0.42,
    "typescript": 0.18,
    "javascript": 0.08,
    "java": 0.11,
    "go": 0.11,
    "rust": 0.04,
    "cpp": 0.03,
    "c": 0.02,
    "csharp": 0.01,
}
# SPM is what the editor sends; PSM and plain text keep the model able to read other layouts (arXiv 2207.14255).
ORDER_SHARES = {"spm": 0.82, "psm": 0.08, "text": 0.10}
SNIPPET_SHARE = 0.30
# Characters per token: low enough that a document seldom overflows its place.
CHARACTERS_PER_TOKEN = 2.9
# A rest shorter than this takes plain text: no document with a middle fits.
SMALLEST_DOCUMENT = 64


@dataclass(frozen=True)
class SourceFile:
    repository: str
    path: str
    language: str
    text: str


def short_name(repository: str) -> str:
    """`pypi:django` → `django`, `go:github.com/spf13/cobra` → `cobra`: what a workspace folder would be called."""
    return repository.split(":")[-1].rstrip("/").split("/")[-1]


def read_documents(path: Path) -> dict[str, list[list[SourceFile]]]:
    """Language → repositories → files."""
    groups: dict[tuple[str, str], list[SourceFile]] = {}
    with path.open() as lines:
        for line in lines:
            d = json.loads(line)
            file = SourceFile(d["repository"], d["path"], d["language"], without_licence_header(d["text"]))
            if file.text.strip():
                groups.setdefault((file.language, file.repository), []).append(file)
    languages: dict[str, list[list[SourceFile]]] = {}
    for (language, _), files in sorted(groups.items()):
        languages.setdefault(language, []).append(files)
    return languages


def window(text: str, characters: int, generator: random.Random) -> str:
    """About `characters` of the text, from a line's start to a line's end."""
    if len(text) <= characters:
        return text
    start = generator.randrange(len(text) - characters + 1)
    start = text.rfind("\n", 0, start) + 1
    end = text.rfind("\n", start, start + characters)
    return text[start : end + 1] if end > start else text[start : start + characters]


def after_block(suffix: str) -> str:
    """The suffix without the rest of the block that its first line is in: the lines that are not written yet."""
    first, *rest = suffix.split("\n")
    depth: int | None = None
    for number, line in enumerate(rest):
        if not line.strip():
            continue
        indentation = len(line) - len(line.lstrip())
        if depth is None:
            depth = indentation
        elif indentation < depth:
            return "\n".join([first if not first.strip() else "", *rest[number:]])
    return ""


def cut(file: SourceFile, characters: int, generator: random.Random) -> FimDocument:
    text = window(file.text, characters, generator)
    # A middle needs something before it to go on from: its place is seldom in the first fifth.
    lead = int(len(text) * 0.2 * generator.random())
    lead = text.rfind("\n", 0, lead) + 1
    start, end = choose_middle(text[lead:], file.language, generator)
    start, end = start + lead, end + lead
    suffix = text[end:]
    chance = generator.random()
    if chance < 0.08:
        suffix = ""
    elif chance < 0.20:
        suffix = after_block(suffix)
    elif len(suffix) > 0.35 * characters:
        # The editor sends more of what stands before the caret than of what follows it.
        stop = suffix.find("\n", int(0.35 * characters * generator.random()))
        suffix = suffix[: stop + 1] if stop >= 0 else suffix
    return FimDocument(file.path, text[:start], text[start:end], suffix)


class Packer:
    """`full_share` of the documents fill a sequence's room; the others are short, which gives more middles."""

    def __init__(self, layout: Layout, languages: dict[str, list[list[SourceFile]]], length: int, full_share: float = 0.5) -> None:
        self.layout = layout
        self.languages = languages
        self.length = length
        self.full_share = full_share
        # A repository's chance grows with the root of its size: large ones do not crowd out the rest.
        self.weights = {
            language: [sum(len(file.text) for file in files) ** 0.5 for files in repositories]
            for language, repositories in languages.items()
        }

    def document(self, file: SourceFile, room: int, generator: random.Random) -> list[int] | None:
        """Ids of one document with a middle within `room` tokens, end of text included."""
        characters = room * CHARACTERS_PER_TOKEN
        order = generator.choices(list(ORDER_SHARES), weights=list(ORDER_SHARES.values()))[0]
        for _ in range(3):
            header = self.layout.repository(short_name(file.repository))
            if order == "text":
                body = self.layout.snippet(file.path, window(file.text, int(characters), generator))
            else:
                fim = cut(file, int(characters), generator)
                body = (
                    self.layout.suffix_prefix_middle(fim)
                    if order == "spm"
                    else self.layout.prefix_suffix_middle(fim)
                )
            if len(header) + len(body) < room:
                return [*header, *body, self.layout.ids["endOfText"]]
            characters *= 0.75
        return None

    def with_snippets(self, files: list[SourceFile], generator: random.Random) -> list[int]:
        """A sequence of other files' parts, then a document that may use them."""
        target = generator.choice(files)
        ids = self.layout.repository(short_name(target.repository))
        room = int(self.length * generator.uniform(0.15, 0.5))
        while room > 40:
            other = generator.choice(files)
            if other.path == target.path:
                break
            part = window(other.text, int(min(room, generator.randint(60, 240)) * CHARACTERS_PER_TOKEN), generator)
            snippet = self.layout.snippet(other.path, part)
            if len(snippet) > room:
                break
            ids += snippet
            room -= len(snippet)
        characters = (self.length - len(ids)) * CHARACTERS_PER_TOKEN
        for _ in range(3):
            body = self.layout.suffix_prefix_middle(cut(target, int(characters), generator))
            if len(ids) + len(body) < self.length:
                return [*ids, *body, self.layout.ids["endOfText"]]
            characters *= 0.75
        return []

    def sequence(self, generator: random.Random) -> list[int]:
        """One sequence of exactly `length` ids, all of one repository."""
        shares = [LANGUAGE_SHARES[language] for language in self.languages]
        language = generator.choices(list(self.languages), weights=shares)[0]
        files = generator.choices(self.languages[language], weights=self.weights[language])[0]
        ids = self.with_snippets(files, generator) if generator.random() < SNIPPET_SHARE else []
        while (room := self.length - len(ids)) >= SMALLEST_DOCUMENT:
            size = room if generator.random() < self.full_share else int(self.length * generator.uniform(0.15, 0.5))
            document = self.document(
                generator.choice(files), min(room, max(SMALLEST_DOCUMENT, size)), generator
            )
            if document is None:
                break
            ids += document
        if len(ids) < self.length:
            file = generator.choice(files)
            ids += self.layout.snippet(file.path, window(file.text, 4 * self.length, generator))
        ids += [self.layout.ids["endOfText"]] * (self.length - len(ids))
        return ids[: self.length]


_packer: Packer


def _pack(task: tuple[int, int]) -> np.ndarray:
    """Sequence number i depends on the seed and on i alone, however many processes there are."""
    seed, index = task
    return np.array(_packer.sequence(random.Random(seed * 1_000_003 + index)), dtype=np.uint16)


def main() -> None:
    global _packer
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="shard to write, .npy of [sequences, length + 1] uint16")
    parser.add_argument("--length", type=int, required=True, help="tokens a sequence; one more is stored, for the target")
    parser.add_argument("--sequences", type=int, required=True)
    parser.add_argument("--full-share", type=float, default=0.5, help="share of documents that fill a sequence")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--marker-distance", type=int, default=MARKER_DISTANCE, help="tokens of the prefix behind <fim_middle>")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    layout = Layout(Tokenizer.from_file(str(arguments.tokenizer)), arguments.marker_distance)
    _packer = Packer(layout, read_documents(arguments.documents), arguments.length + 1, arguments.full_share)
    tasks = ((arguments.seed, index) for index in range(arguments.sequences))
    shard = np.empty((arguments.sequences, arguments.length + 1), dtype=np.uint16)
    with multiprocessing.get_context("fork").Pool(arguments.processes) as pool:
        for index, sequence in enumerate(pool.imap(_pack, tasks, chunksize=64)):
            shard[index] = sequence
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    partial = arguments.out.with_suffix(".partial.npy")
    np.save(partial, shard)
    partial.rename(arguments.out)


if __name__ == "__main__":
    main()
