"""Manifest to archives: downloads what the cache lacks and checks every hash."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from .clients import Download, Request, download
from .files import CorpusError, place
from .manifest import Package, hash_file

Downloader = Callable[[str, list[Request], Path], dict[str, Download]]


class WrongHashError(CorpusError):
    """An archive is not the one of the manifest."""


class MissingPackagesError(CorpusError):
    """Packages that their client cannot serve."""


def fetch(packages: list[Package], cache: Path, downloader: Downloader = download) -> Path:
    """Returns the folder that holds all archives of the manifest, verified. An archive gets its place there only after its hash was checked.

    Raises MissingPackagesError naming all packages that the clients cannot serve, and WrongHashError for an archive that differs; what
    could be had stays in the cache either way.
    """
    archives = cache / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, list[Package]] = defaultdict(list)
    for package in packages:
        path = archives / package.archive_name
        if not path.exists():
            wanted[package.ecosystem].append(package)
        else:
            _verify(package, path, f"delete {path} to download it again")
    missing: list[Package] = []
    for ecosystem, of_ecosystem in wanted.items():
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            found = downloader(ecosystem, [Request(package.name, package.version) for package in of_ecosystem], Path(scratch))
            for package in of_ecosystem:
                if package.name not in found:
                    missing.append(package)
                    continue
                archive = found[package.name].archive
                _verify(package, archive, "nothing of it was kept")
                place(archive, archives / package.archive_name)
    if missing:
        names = ", ".join(f"{package.repository} {package.version}" for package in missing)
        raise MissingPackagesError(
            f"{len(missing)} packages cannot be fetched: {names}. Check the network and give the command again (what was fetched stays), "
            "or take them out of candidates.txt and run `python -m corpus resolve`"
        )
    return archives


def _verify(package: Package, archive: Path, remedy: str) -> None:
    actual = hash_file(archive)
    if actual != package.sha256:
        raise WrongHashError(
            f"{package.repository} {package.version}: sha256 is {actual}, the manifest says {package.sha256}; {remedy}. If it stays "
            "different, the package was published anew: take it out of candidates.txt, resolve, and put it back"
        )
