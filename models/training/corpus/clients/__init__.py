"""Downloads archives through each ecosystem's ordinary client (pip, npm, mvn, go, cargo, apt-get), by package name only.

One module per ecosystem with one function, `download(requests, folder)`. A new ecosystem is a module, a line here and one in
manifest.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..files import disk_full_explained
from . import crates, debian, go, maven, npm, pypi
from .common import Download, Request

__all__ = ["Download", "Request", "download"]

CLIENTS: dict[str, Callable[[list[Request], Path], dict[str, Download]]] = {
    "pypi": pypi.download,
    "npm": npm.download,
    "maven": maven.download,
    "go": go.download,
    "crates": crates.download,
    "debian": debian.download,
}


def download(ecosystem: str, requests: list[Request], folder: Path) -> dict[str, Download]:
    """Downloads into `folder`; returns what was found, by name. A name the client cannot serve is left out, with a line on stderr."""
    folder = folder.resolve()  # The clients run in folders of their own.
    with disk_full_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return CLIENTS[ecosystem](requests, folder)
