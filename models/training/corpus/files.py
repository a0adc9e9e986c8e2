"""Writes files so that nothing half-written is ever taken for whole: a temporary name, fsync, then one rename."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class CorpusError(Exception):
    """Something a person has to put right; the message says what to do. The command line prints it without a traceback."""


class DiskFullError(CorpusError):
    """The disk (or the quota) has no room for a file."""


@contextmanager
def disk_full_explained(path: Path) -> Iterator[None]:
    """Turns "no space left" into a message that names the file and says what to do."""
    try:
        yield
    except OSError as failure:
        if failure.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFullError(
            f"no space left while writing {path}; nothing half-written was kept under that name. "
            "Free some space (about six times the size of the corpus in all) and give the same command again: what is finished stays"
        ) from failure


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that gets its name only when all is written and on the disk; until then, and on any error, there is none."""
    # The process's number keeps two builds on one cache apart.
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with disk_full_explained(path):
            with partial.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Writes a text file in one move."""
    with whole_file(path) as stream:
        stream.write(text.encode("utf-8"))


def place(source: Path, target: Path) -> None:
    """Gives a finished file its place: one rename on one disk, else a copy under a temporary name first."""
    try:
        source.replace(target)
    except OSError as failure:
        if failure.errno != errno.EXDEV:
            raise
        with source.open("rb") as original, whole_file(target) as copy:
            shutil.copyfileobj(original, copy)
        source.unlink()
