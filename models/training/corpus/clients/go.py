"""Module zips, by go mod download."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from .common import Download, Request, flat, in_batches, no_archive, run


def download(requests: list[Request], folder: Path) -> dict[str, Download]:
    """See clients.download."""
    return in_batches(_modules, requests, folder)


def _modules(batch: list[Request], folder: Path) -> dict[str, Download]:
    specifiers = [f"{request.name}@{request.version or 'latest'}" for request in batch]
    # A module cache of its own, thrown away afterwards: the client also unpacks each module, which would double the space.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        environment = {"GOMODCACHE": scratch, "GOFLAGS": "-mod=mod -modcacherw"}
        output = run(["go", "mod", "download", "-json", *specifiers], folder, environment, check=False)
        found = {}
        decoder = json.JSONDecoder()
        position = 0
        while position < len(output.rstrip()):
            entry, position = decoder.raw_decode(output, position)
            position += len(output[position:]) - len(output[position:].lstrip())
            if entry.get("Error"):
                no_archive(entry["Path"], entry["Error"].splitlines()[0])
                continue
            kept = folder / f"{flat(entry['Path'])}-{flat(entry['Version'])}.zip"
            shutil.move(entry["Zip"], kept)
            found[entry["Path"]] = Download(entry["Version"], kept)
        return found
