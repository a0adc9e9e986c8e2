"""What the clients of all ecosystems share: a request, a download, running a client, and batches that survive one bad name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..files import CorpusError

#: Many packages go into one client run because starting the clients costs more than the downloads.
BATCH_SIZE = 12


@dataclass(frozen=True)
class Request:
    """A name and, where it is known already, the version wanted."""

    name: str
    version: str | None


@dataclass(frozen=True)
class Download:
    """An archive on disk and the version it is of; `metadata` is a file beside it that tells the licence, where there is one."""

    version: str
    archive: Path
    metadata: Path | None = None


class ClientMissingError(CorpusError):
    """A package manager is not installed."""


class ClientFailure(Exception):
    """A client refused a request; the message is the last line it printed."""


def run(command: list[str], folder: Path, environment: dict[str, str] | None = None, check: bool = True) -> str:
    """Standard output of a client. Raises ClientFailure where it fails (if `check`), ClientMissingError where there is none."""
    try:
        result = subprocess.run(command, cwd=folder, env={**os.environ, **(environment or {})}, text=True, capture_output=True)
    except FileNotFoundError as failure:
        raise ClientMissingError(f"{command[0]} is not installed; the corpus needs pip, npm, mvn, go, cargo and apt-get to fetch its packages") from failure
    if check and result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise ClientFailure(lines[-1] if lines else f"exit status {result.returncode}")
    return result.stdout


def no_archive(name: str, why: object) -> None:
    """Says on stderr that a package could not be had."""
    print(f"  no archive for {name}: {why}", file=sys.stderr)


def in_batches(
    single_run: Callable[[list[Request], Path], dict[str, Download]], requests: list[Request], folder: Path, size: int = BATCH_SIZE
) -> dict[str, Download]:
    """Runs a client on `size` requests at a time; a batch it refuses is halved until the bad name stands alone."""
    found: dict[str, Download] = {}
    for start in range(0, len(requests), size):
        found |= _bisect(single_run, requests[start : start + size], folder)
    return found


def _bisect(single_run: Callable[[list[Request], Path], dict[str, Download]], batch: list[Request], folder: Path) -> dict[str, Download]:
    try:
        return single_run(batch, folder)
    except ClientFailure as failure:
        if len(batch) == 1:
            no_archive(batch[0].name, failure)
            return {}
    middle = len(batch) // 2
    return _bisect(single_run, batch[:middle], folder) | _bisect(single_run, batch[middle:], folder)


def flat(name: str) -> str:
    """A name without the signs that mean something in paths."""
    return re.sub(r"[/:]", "+", name)
