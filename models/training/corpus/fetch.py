"""Manifest to archives: downloads what the cache lacks and checks every hash."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from .clients import Request, download
from .manifest import Package, hash_file


class WrongHashError(Exception):
    """An archive is not the one of the manifest."""


def fetch(packages: list[Package], cache: Path) -> Path:
    """Returns the folder that holds all archives of the manifest, verified.

    Raises WrongHashError for an archive that differs and FileNotFoundError for one that the client cannot serve.
    """
    archives = cache / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    missing: dict[str, list[Package]] = defaultdict(list)
    for package in packages:
        if not (archives / package.archive_name).exists():
            missing[package.ecosystem].append(package)
    for ecosystem, wanted in missing.items():
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            found = download(ecosystem, [Request(package.name, package.version) for package in wanted], Path(scratch))
            for package in wanted:
                if package.name not in found:
                    raise FileNotFoundError(
                        f"{package.repository} {package.version}: the {ecosystem} client has no archive; "
                        "check the network, or take the package out of candidates.txt and run `python -m corpus resolve`"
                    )
                shutil.move(found[package.name].archive, archives / package.archive_name)
    for package in packages:
        actual = hash_file(archives / package.archive_name)
        if actual != package.sha256:
            raise WrongHashError(
                f"{archives / package.archive_name}: sha256 is {actual}, the manifest says {package.sha256}; "
                "delete the file to download it again; if it stays different, the package was published anew: resolve it again"
            )
    return archives
