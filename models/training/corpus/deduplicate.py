"""Removes exact and near duplicates among documents, by MinHash over shingles of words.

Held-out documents come first, so a training file that resembles one of them is the one that goes.
Method: one-permutation MinHash with rotation (Shrivastava and Li, 2014), banded lookup, then the exact Jaccard index.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.pool import Pool

import numpy as np
from numpy.typing import NDArray

from .extract import Document


@dataclass(frozen=True)
class DeduplicateConfig:
    """`shingle` is in words; `threshold` is the Jaccard index from which two documents count as one."""

    shingle: int = 5
    threshold: float = 0.7
    bins: int = 128
    rows_per_band: int = 4


_WORD = re.compile(r"\w+")


class _WordHashes(dict[str, int]):
    """Hash of each word, computed once. crc32 and not hash(): the latter differs from run to run."""

    def __missing__(self, word: str) -> int:
        value = zlib.crc32(word.encode("utf-8", "surrogatepass"))
        self[word] = value
        return value


_word_hashes = _WordHashes()


def shingles(text: str, config: DeduplicateConfig = DeduplicateConfig()) -> NDArray[np.uint32]:
    """Sorted distinct hashes of all runs of `config.shingle` words. A shorter text is one shingle."""
    words = np.fromiter((_word_hashes[word] for word in _WORD.findall(text)), dtype=np.uint64)
    if len(words) < config.shingle:
        words = np.pad(words, (0, config.shingle - len(words)))
    count = len(words) - config.shingle + 1
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(config.shingle):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + words[offset : offset + count] + np.uint64(offset + 1)
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    return np.unique((hashes >> np.uint64(32)).astype(np.uint32))


def signature(hashes: NDArray[np.uint32], config: DeduplicateConfig = DeduplicateConfig()) -> NDArray[np.uint32]:
    """MinHash signature, uint32 [bins]: the smallest hash in each range of values; an empty range borrows its successor's."""
    edges = np.arange(config.bins, dtype=np.uint64) * np.uint64(2**32 // config.bins)
    first = np.searchsorted(hashes, edges.astype(np.uint32))
    # Past the end, the successor wraps round to the smallest hash of all: the rotation.
    return hashes[first % len(hashes)]


def _shingles_of(document: Document) -> NDArray[np.uint32]:
    return shingles(document.text)


def find_duplicates(
    documents: list[Document], pool: Pool | None = None, config: DeduplicateConfig = DeduplicateConfig()
) -> dict[int, tuple[str, int]]:
    """Index of each document to drop, with "exact duplicate" or "near duplicate" and the index of the one kept before it."""
    duplicates: dict[int, tuple[str, int]] = {}
    first_of_text: dict[bytes, int] = {}
    for index, document in enumerate(documents):
        # Blank space apart: the same file indented anew is the same file.
        digest = hashlib.sha1(" ".join(document.text.split()).encode("utf-8", "surrogatepass")).digest()
        earlier = first_of_text.setdefault(digest, index)
        if earlier != index:
            duplicates[index] = ("exact duplicate", earlier)

    remaining = [index for index in range(len(documents)) if index not in duplicates]
    texts = [documents[index] for index in remaining]
    sets: Iterable[NDArray[np.uint32]] = pool.imap(_shingles_of, texts, chunksize=64) if pool else map(_shingles_of, texts)
    kept_sets: dict[int, NDArray[np.uint32]] = {}
    buckets: dict[tuple[str, int, bytes], list[int]] = defaultdict(list)
    for index, hashes in zip(remaining, sets):
        bands = signature(hashes, config).reshape(-1, config.rows_per_band)
        keys = [(documents[index].language, number, band.tobytes()) for number, band in enumerate(bands)]
        # JavaScript and TypeScript twins stay apart on purpose: typed and untyped code are different lessons.
        candidates = {earlier for key in keys for earlier in buckets.get(key, ())[:8]}
        match = next((earlier for earlier in sorted(candidates) if jaccard(hashes, kept_sets[earlier]) >= config.threshold), None)
        if match is not None:
            duplicates[index] = ("near duplicate", match)
            continue
        kept_sets[index] = hashes
        for key in keys:
            buckets[key].append(index)
    return duplicates


def jaccard(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> float:
    """Size of the intersection over size of the union of two sorted sets, 0 to 1."""
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)
