"""Drops training files that share a long run of lexemes with HumanEval, so that the benchmark measures no memory.

Reads the infilling benchmark's own files (HumanEval-*.jsonl.gz); each row's prompt, canonical solution and suffix together
are a task's full text.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .lexemes import NAME, lexeme_hashes, run_hashes


@dataclass(frozen=True)
class DecontaminateConfig:
    """`run` is the length of a shared run in lexemes.

    A run counts only if it holds `minimum_words` different words (else it is mere punctuation and numbers) and is in fewer than
    `boilerplate_tasks` tasks (else it is boilerplate). Strict on purpose: it costs a few dozen files.
    """

    run: int = 13
    minimum_words: int = 2
    boilerplate_tasks: int = 4


_BOILERPLATE_LINE = re.compile(r"^\s*(?:from\s+[\w.]+\s+import\s+.*|import\s+.*)$", re.MULTILINE)


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
        lexemes = lexeme_hashes(text)
        for position, value in enumerate(run_hashes(lexemes, config.run)):
            words = {lexeme for lexeme in lexemes[position : position + config.run].tolist() if lexeme & NAME}
            if len(words) >= config.minimum_words:
                tasks_of_run[int(value)].add(name)
    return np.array(sorted(run for run, names in tasks_of_run.items() if len(names) < config.boilerplate_tasks), dtype=np.uint64)


@dataclass(frozen=True)
class ContaminationCheck:
    """A picklable predicate, so that several processes can share the work."""

    runs: NDArray[np.uint64]
    config: DecontaminateConfig = DecontaminateConfig()

    @cached_property
    def _first_bits(self) -> NDArray[np.bool_]:
        """Whether any run begins with these 20 bits: a look into this table spares most runs of a text the search among all."""
        table = np.zeros(1 << 20, dtype=np.bool_)
        table[self.runs >> np.uint64(44)] = True
        return table

    def __call__(self, lexemes: NDArray[np.uint64]) -> bool:
        """Whether a text, given by its hashes, shares a run with a task."""
        hashes = run_hashes(lexemes, self.config.run)
        hashes = hashes[self._first_bits[hashes >> np.uint64(44)]]
        if len(hashes) == 0:
            return False
        nearest = np.searchsorted(self.runs, hashes)
        nearest[nearest == len(self.runs)] = 0
        return bool((self.runs[nearest] == hashes).any())
