"""All that a build does with one package alone: extract its documents, sketch them, and look for HumanEval in them.

Each package's results stay in the cache, so that a build that was interrupted, or that has a few packages more, redoes nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .decontaminate import ContaminationCheck
from .deduplicate import Sketch, sketch
from .extract import Extracted, cached_stem, extract_cached, read_documents, rules_hash
from .files import whole_file
from .lexemes import lexeme_hashes
from .manifest import Package


@dataclass(frozen=True)
class Task:
    """What one worker does at a time. `check` is None where the package is held out or there is no benchmark to check against."""

    package: Package
    archives: Path
    cache: Path
    check: ContaminationCheck | None


@dataclass(frozen=True)
class Prepared:
    """A package's documents as columns, in the order of their file; texts stay on the disk."""

    extracted: Extracted
    facts: Path

    def read(self) -> Facts:
        """Loads the columns."""
        with np.load(self.facts, allow_pickle=False) as arrays:
            names = json.loads(arrays["names"].tobytes())
            flat, ends = arrays["shingles"], arrays["ends"]
            shingle_sets = np.split(flat, ends[:-1]) if len(ends) else []
            sketches = [Sketch(int(digest), bands, hashes) for digest, bands, hashes in zip(arrays["digests"], arrays["bands"], shingle_sets)]
            return Facts([(path, language, size) for path, language, size in names], sketches, arrays["contaminated"])


@dataclass(frozen=True)
class Facts:
    """Per document: (path, language, bytes), its sketch, and whether it shares a run with HumanEval."""

    names: list[tuple[str, str, int]]
    sketches: list[Sketch]
    contaminated: NDArray[np.bool_]


def prepare(task: Task) -> Prepared:
    """Does one package, unless the cache has it."""
    extracted = extract_cached(task.package, task.archives, task.cache)
    folder = task.cache / "facts" / f"{rules_hash()}-{facts_hash(task.check)}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{cached_stem(task.package)}.npz"
    if not path.exists():
        documents = read_documents(extracted.documents)
        sketches, contaminated = [], []
        for document in documents:
            lexemes = lexeme_hashes(document.text)
            sketches.append(sketch(lexemes, document.language))
            contaminated.append(task.check is not None and task.check(lexemes))
        names = json.dumps([[document.path, document.language, document.size] for document in documents]).encode()
        with whole_file(path) as stream:
            np.savez(
                stream,
                names=np.frombuffer(names, dtype=np.uint8),
                digests=np.array([item.digest for item in sketches], dtype=np.uint64),
                bands=np.array([item.bands for item in sketches], dtype=np.uint64),
                shingles=np.concatenate([item.shingles for item in sketches] or [np.empty(0, np.uint32)]),
                ends=np.cumsum([len(item.shingles) for item in sketches], dtype=np.int64),
                contaminated=np.array(contaminated, dtype=np.bool_),
            )
    return Prepared(extracted, path)


def facts_hash(check: ContaminationCheck | None) -> str:
    """Changes with the code that computes the columns and with the benchmark that is looked for."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in ("prepare.py", "lexemes.py", "deduplicate.py", "decontaminate.py"):
        digest.update((folder / name).read_bytes())
    digest.update(check.runs.tobytes() if check else b"unchecked")
    return digest.hexdigest()[:12]
