"""Wheels, by pip."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from .common import Download, Request, in_batches, run

#: Wheels are chosen for one fixed platform so that their hash is the same on every machine. This one, because its
#: wheels of numeric libraries carry no CUDA libraries and are several times smaller; only the .py files are used.
WHEEL_PLATFORM = ("macosx_14_0_arm64", "3.11")


def download(requests: list[Request], folder: Path) -> dict[str, Download]:
    """See clients.download."""
    return in_batches(_wheels, requests, folder)


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _wheels(batch: list[Request], folder: Path) -> dict[str, Download]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        specifiers = [f"{request.name}=={request.version}" if request.version else request.name for request in batch]
        platform, python_version = WHEEL_PLATFORM
        run(
            [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
            + ["--no-cache-dir", "--only-binary=:all:", "--platform", platform, "--python-version", python_version]
            + ["--dest", scratch, *specifiers],
            folder,
        )
        found = {}
        wheels = {_normalise(path.name.split("-")[0]): path for path in Path(scratch).glob("*.whl")}
        for request in batch:
            wheel = wheels.get(_normalise(request.name))
            if wheel is not None:
                kept = folder / wheel.name
                shutil.move(wheel, kept)
                found[request.name] = Download(wheel.name.split("-")[1], kept)
        return found
