"""Tarballs, by npm pack."""

from __future__ import annotations

import json
from pathlib import Path

from .common import Download, Request, in_batches, run


def download(requests: list[Request], folder: Path) -> dict[str, Download]:
    """See clients.download."""
    return in_batches(_tarballs, requests, folder)


def _tarballs(batch: list[Request], folder: Path) -> dict[str, Download]:
    specifiers = [f"{request.name}@{request.version or 'latest'}" for request in batch]
    output = run(["npm", "pack", "--json", "--loglevel=error", "--pack-destination", str(folder), *specifiers], folder)
    found = {}
    for entry in json.loads(output):
        archive = folder / entry["filename"]
        if not archive.exists():  # Older clients print a scoped package's name with its slash.
            archive = folder / entry["filename"].replace("@", "").replace("/", "-")
        found[entry["name"]] = Download(entry["version"], archive)
    return found
