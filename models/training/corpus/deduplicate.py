"""Removes exact and near duplicates among documents, by MinHash over shingles of words.

Held-out documents come first, so a training file that resembles one of them is the one that goes; the held-out one goes as well, since a model
that was trained on an earlier build may have seen it.
Method: one-permutation MinHash with rotation (Shrivastava and Li, 2014), banded lookup, then the exact Jaccard index.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .lexemes import run_hashes, words_of


@dataclass(frozen=True)
class DeduplicateConfig:
    """`shingle` is in words; `threshold` is the Jaccard index from which two documents count as one."""

    shingle: int = 5
    threshold: float = 0.7
    bins: int = 128
    rows_per_band: int = 4
    #: So many documents of one band are compared with; boilerplate would compare all with all.
    bucket: int = 8


def shingles(lexemes: NDArray[np.uint64], config: DeduplicateConfig = DeduplicateConfig()) -> NDArray[np.uint32]:
    """Sorted distinct hashes of all runs of `config.shingle` words of a text, given by its hashes. A shorter text is one shingle."""
    words = words_of(lexemes)
    if len(words) < config.shingle:
        words = np.pad(words, (0, config.shingle - len(words)))
    return np.unique((run_hashes(words, config.shingle) >> np.uint64(32)).astype(np.uint32))


def signature(hashes: NDArray[np.uint32], config: DeduplicateConfig = DeduplicateConfig()) -> NDArray[np.uint32]:
    """MinHash signature, uint32 [bins]: the smallest hash in each range of values; an empty range borrows its successor's."""
    edges = np.arange(config.bins, dtype=np.uint64) * np.uint64(2**32 // config.bins)
    first = np.searchsorted(hashes, edges.astype(np.uint32))
    # Past the end, the successor wraps round to the smallest hash of all: the rotation.
    return hashes[first % len(hashes)]


@dataclass(frozen=True)
class Sketch:
    """What finding duplicates needs of one document: a few hundred bytes beside the shingles, and never the text."""

    digest: int
    bands: NDArray[np.uint64]
    shingles: NDArray[np.uint32]


def sketch(lexemes: NDArray[np.uint64], language: str, config: DeduplicateConfig = DeduplicateConfig()) -> Sketch:
    """The sketch of a document, given by its hashes: texts that differ in blank space alone have one digest.

    The language is part of the bands: JavaScript and TypeScript twins stay apart on purpose, typed and untyped code are different lessons.
    """
    digest = hashlib.sha1(lexemes.tobytes()).digest()
    hashes = shingles(lexemes, config)
    rows = signature(hashes, config).reshape(-1, config.rows_per_band)
    bands = np.arange(len(rows), dtype=np.uint64) + np.uint64(zlib.crc32(language.encode()) << 8)
    for row in rows.T:
        bands = bands * np.uint64(0x9E3779B97F4A7C15) + row
        bands ^= bands >> np.uint64(31)
    return Sketch(int.from_bytes(digest[:8], "little"), bands, hashes)


@dataclass(frozen=True)
class Duplicates:
    """`dropped`: index of each document to drop, with "exact duplicate" or "near duplicate" and the index of the one kept before it.
    `repeated`: indices of held-out documents that a training document repeats."""

    dropped: dict[int, tuple[str, int]]
    repeated: set[int]


def find_duplicates(sketches: Sequence[Sketch], held_out: int = 0, config: DeduplicateConfig = DeduplicateConfig()) -> Duplicates:
    """Duplicates among documents of which the first `held_out` are not for training. Of two, the earlier is kept."""
    dropped: dict[int, tuple[str, int]] = {}
    repeated: set[int] = set()
    first_of_text: dict[int, int] = {}
    for index, item in enumerate(sketches):
        earlier = first_of_text.setdefault(item.digest, index)
        if earlier != index:
            dropped[index] = ("exact duplicate", earlier)
            if index >= held_out > earlier:
                repeated.add(earlier)

    shared = _shared_bands(sketches)
    buckets: dict[int, list[int]] = defaultdict(list)
    for index, item in enumerate(sketches):
        if index in dropped:
            continue
        keys = item.bands[shared[index]].tolist()
        candidates = sorted({earlier for key in keys for earlier in buckets.get(key, ())[: config.bucket]})
        for earlier in candidates:
            # Of several held-out twins each is found; among training files the first is enough.
            if (index not in dropped or earlier < held_out <= index) and jaccard(item.shingles, sketches[earlier].shingles) >= config.threshold:
                dropped.setdefault(index, ("near duplicate", earlier))
                if index >= held_out > earlier:
                    repeated.add(earlier)
        if index not in dropped:
            for key in keys:
                buckets[key].append(index)
    return Duplicates(dropped, repeated)


def _shared_bands(sketches: Sequence[Sketch]) -> NDArray[np.bool_]:
    """Which bands of each document occur in another one: most do not, and need no bucket."""
    if not sketches:
        return np.empty((0, 0), dtype=np.bool_)
    bands = np.stack([item.bands for item in sketches])
    shared = np.empty(bands.shape, dtype=np.bool_)
    for number in range(bands.shape[1]):
        _, place, counts = np.unique(bands[:, number], return_inverse=True, return_counts=True)
        shared[:, number] = counts[place] > 1
    return shared


def jaccard(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> float:
    """Size of the intersection over size of the union of two sorted sets, 0 to 1."""
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)
