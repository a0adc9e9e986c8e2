"""Drops training files that share a long run of lexemes with HumanEval, so that the benchmark measures no memory.

Reads the infilling benchmark's own files (HumanEval-*.jsonl.gz); each row's prompt, canonical solution and suffix together
are a task's full text.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .extract import Document


@dataclass(frozen=True)
class DecontaminateConfig:
    """`run` is the length of a shared run in lexemes.

    A run counts only if it holds `minimum_words` different words (else it is mere punctuation and numbers) and is in fewer than
    `boilerplate_tasks` tasks (else it is boilerplate). Strict on purpose: it costs a few dozen files.
    """

    run: int = 13
    minimum_words: int = 2
    boilerplate_tasks: int = 4


_LEXEME = re.compile(r"[A-Za-z_]\w*|\d+|[^\s\w]")
_BOILERPLATE_LINE = re.compile(r"^\s*(?:from\s+[\w.]+\s+import\s+.*|import\s+.*)$", re.MULTILINE)


class _LexemeHashes(dict[str, int]):
    """crc32 of each lexeme, computed once. The lowest bit says whether it is a word."""

    def __missing__(self, lexeme: str) -> int:
        is_word = lexeme[0].isalpha() or lexeme[0] == "_"
        value = zlib.crc32(lexeme.encode("utf-8", "surrogatepass")) & ~1 | int(is_word)
        self[lexeme] = value
        return value


_lexeme_hashes = _LexemeHashes()


def _lexemes(text: str) -> NDArray[np.uint64]:
    return np.fromiter((_lexeme_hashes[lexeme] for lexeme in _LEXEME.findall(text)), dtype=np.uint64)


def run_hashes(text: str, config: DecontaminateConfig = DecontaminateConfig()) -> NDArray[np.uint64]:
    """Hash of every run of `config.run` lexemes, in order; empty for a shorter text."""
    lexemes = _lexemes(text)
    count = len(lexemes) - config.run + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(config.run):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + lexemes[offset : offset + count]
    return hashes


def read_tasks(folder: Path) -> dict[str, str]:
    """Full text of each HumanEval task, by "HumanEval/0" and so on.

    Raises FileNotFoundError where the folder has no benchmark file, ValueError where a file has no task.
    """
    files = sorted(folder.glob("*.jsonl.gz"))
    if not files:
        raise FileNotFoundError(f"{folder}: no *.jsonl.gz; give the folder with the HumanEval-*Infilling.jsonl.gz files")
    tasks: dict[str, str] = {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as stream:
            for line in stream:
                row = json.loads(line)
                match = re.search(r"HumanEval/\d+", row["task_id"])
                if match:
                    tasks.setdefault(match.group(), row["prompt"] + row["canonical_solution"] + row["suffix"])
    if not tasks:
        raise ValueError(f"{folder}: no HumanEval task in {[file.name for file in files]}")
    return tasks


def contaminating_runs(tasks: dict[str, str], config: DecontaminateConfig = DecontaminateConfig()) -> NDArray[np.uint64]:
    """Sorted hashes of the runs that give a task away."""
    tasks_of_run: dict[int, set[str]] = defaultdict(set)
    for name, text in tasks.items():
        text = _BOILERPLATE_LINE.sub("", text)
        lexemes = _lexemes(text)
        for position, value in enumerate(run_hashes(text, config)):
            words = {lexeme for lexeme in lexemes[position : position + config.run].tolist() if lexeme & 1}
            if len(words) >= config.minimum_words:
                tasks_of_run[int(value)].add(name)
    return np.array(sorted(run for run, names in tasks_of_run.items() if len(names) < config.boilerplate_tasks), dtype=np.uint64)


@dataclass(frozen=True)
class ContaminationCheck:
    """A picklable predicate, so that two processes can share the work."""

    runs: NDArray[np.uint64]
    config: DecontaminateConfig = DecontaminateConfig()

    def __call__(self, document: Document) -> bool:
        """Whether the document shares a run with a task."""
        hashes = run_hashes(document.text, self.config)
        if len(hashes) == 0 or len(self.runs) == 0:
            return False
        nearest = np.searchsorted(self.runs, hashes)
        nearest[nearest == len(self.runs)] = 0
        return bool((self.runs[nearest] == hashes).any())
