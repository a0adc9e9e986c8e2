"""Hashes of a text's words and signs, computed by numpy for all at once: many times faster than a loop over matches.

A word is a longest run of letters, digits, underscores and bytes outside of ASCII; every other byte that is no blank is a sign.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

_BLANK, _SIGN, _WORD = 0, 1, 2
#: Any odd number has an inverse modulo 2**64, which takes a word's place in the text out of its hash.
_BASE = 0x9E3779B97F4A7C15
_MODULUS = 1 << 64

#: The two lowest bits of a hash: a word that is no number; a word or a number, that is, no sign.
NAME, WORD = 1, 2

_CLASSES = np.full(256, _SIGN, dtype=np.uint8)
_CLASSES[[ord(character) for character in " \t\n\r\f\v"]] = _BLANK
_CLASSES[[byte for byte in range(256) if byte >= 0x80 or chr(byte).isalnum() or byte == ord("_")]] = _WORD
_IS_DIGIT = np.zeros(256, dtype=np.bool_)
_IS_DIGIT[[ord(character) for character in "0123456789"]] = True


@cache
def _powers(length: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers 0 to length - 1 of the base and of its inverse."""

    def powers_of(base: int) -> NDArray[np.uint64]:
        factors = np.full(length, base, dtype=np.uint64)
        factors[0] = 1
        return np.multiply.accumulate(factors)

    return powers_of(_BASE), powers_of(pow(_BASE, -1, _MODULUS))


def _mixed(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit of the result depends on every bit of the hash (the finalizer of splitmix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))


def lexeme_hashes(text: str) -> NDArray[np.uint64]:
    """Hash of each word and each sign, in the text's order; see NAME and WORD for the lowest bits."""
    raw = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    if len(raw) == 0:
        return np.empty(0, dtype=np.uint64)
    classes = _CLASSES[raw]
    is_sign = classes == _SIGN
    in_word = classes == _WORD
    starts, ends = in_word | is_sign, in_word | is_sign
    starts[1:] &= ~(in_word[1:] & in_word[:-1])
    ends[:-1] &= ~(in_word[1:] & in_word[:-1])
    first, last = np.flatnonzero(starts), np.flatnonzero(ends)
    # A power of two of room, so that few lengths are ever computed.
    powers, inverses = _powers(1 << int(len(raw) + 1).bit_length())
    sums = np.zeros(len(raw) + 1, dtype=np.uint64)
    np.cumsum((raw.astype(np.uint64) + np.uint64(1)) * powers[: len(raw)], out=sums[1:])
    hashes = _mixed((sums[last + 1] - sums[first]) * inverses[first])
    is_word = in_word[first]
    marks = is_word.astype(np.uint64) * np.uint64(WORD) + (is_word & ~_IS_DIGIT[raw[first]])
    return hashes & np.uint64(_MODULUS - 4) | marks


def words_of(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Of a text's hashes, those of words and numbers."""
    return hashes[(hashes & np.uint64(WORD)) != 0]


def run_hashes(hashes: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """Hash of every run of `length` neighbours, in order; empty where there are fewer. Its high bits are the good ones."""
    count = len(hashes) - length + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    # Binary powers: runs of 1, 2, 4, 8 … are made of the ones before, and a run of any length of those.
    runs, covered = np.zeros(count, dtype=np.uint64), 0
    block, size = hashes, 1
    while True:
        if length & size:
            runs = runs * np.uint64(pow(_BASE, size, _MODULUS)) + block[covered : covered + count]
            covered += size
        if covered == length:
            return runs
        block = block[:-size] * np.uint64(pow(_BASE, size, _MODULUS)) + block[size:]
        size *= 2
