"""Names to manifest: downloads each new candidate, reads version and licence from the archive itself, and writes packages.json and splits.json.

Run it only to change the manifest; a build needs the manifest alone. Packages that the manifest has already keep their version and hash; what
they hold of other packages' text is excluded anew (copies.py).
Candidates that are turned down are listed with the reason in the cache's rejected.json.
"""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .clients import Download, Request, download
from .copies import without_copies
from .extract import Extracted, extract_cached
from .fetch import fetch
from .files import place, write_whole
from .licences import detect, excluded_patterns
from .manifest import (
    ECOSYSTEMS,
    MANIFEST_PATH,
    Candidate,
    CandidatesError,
    Package,
    hash_file,
    read_candidates,
    read_manifest,
    write_manifest,
    write_splits,
)
from .pool import map_in_workers

#: A package with less text than this after the filters is not worth its line (npm packages often ship build output only).
MINIMUM_KEPT_BYTES = {"train": 40_000, "dev": 30_000, "test": 30_000}


@dataclass(frozen=True)
class _Task:
    package: Package
    archives: Path
    cache: Path


def _extract(task: _Task) -> Extracted:
    return extract_cached(task.package, task.archives, task.cache)


def resolve(cache: Path, upgrade: bool = False, processes: int = 2) -> list[Package]:
    """Writes packages.json and splits.json from candidates.txt and returns the packages. Downloads already in the cache are used again.

    With `upgrade`, packages that the manifest has are looked at again in their newest version; never does one change its split.
    """
    candidates = read_candidates()
    known = {package.repository: package for package in (read_manifest() if MANIFEST_PATH.exists() else [])}
    check_frozen(known, candidates)
    rejected: dict[str, str] = {}
    packages = [without_copies(known[item.repository]) for item in candidates if item.repository in known and not upgrade]
    archives = fetch(packages, cache)
    fresh = [item for item in candidates if item.repository not in known or upgrade]
    found = _download_candidates(fresh, cache)
    for candidate in fresh:
        entry = found.get(candidate.repository)
        package = _package_of(candidate, entry, rejected) if entry else None
        if entry is None:
            rejected[candidate.repository] = "no archive"
        if package is not None and entry is not None:
            _link(entry.archive, archives / package.archive_name)
            packages.append(without_copies(package))
    looked_at = [package for package in packages if upgrade or package.repository not in known or package.split != "train"]
    main_language: dict[str, str] = {}
    tasks = [_Task(package, archives, cache) for package in looked_at]
    for package, result in zip(looked_at, map_in_workers(_extract, tasks, processes)):
        main_language[package.repository] = result.main_language
        size = sum(result.kept.values())
        if package.repository not in known and size < MINIMUM_KEPT_BYTES[package.split]:
            rejected[package.repository] = f"only {size} bytes of source"
            packages.remove(package)
    write_manifest(packages)
    write_splits(packages, main_language)
    write_whole(cache / "rejected.json", json.dumps(rejected, indent=1, ensure_ascii=False))
    print(f"manifest: {len(packages)} packages; {len(rejected)} turned down, see {cache / 'rejected.json'}")
    return packages


def check_frozen(known: dict[str, Package], candidates: list[Candidate]) -> None:
    """The splits are fixed for the whole project: raises CandidatesError where a package would change its split or a held-out one vanish."""
    split_of = {candidate.repository: candidate.split for candidate in candidates}
    for repository, package in known.items():
        split = split_of.get(repository)
        if split is None and package.split != "train":
            raise CandidatesError(f"{repository} is in {package.split} and not in candidates.txt: held-out packages stay, put it back")
        if split not in (None, package.split):
            raise CandidatesError(f"{repository} is in {package.split} and candidates.txt says {split}: a package never changes its split")


def _package_of(candidate: Candidate, entry: Download, rejected: dict[str, str]) -> Package | None:
    licence, source = detect(candidate.ecosystem, candidate.name, entry.archive, entry.metadata)
    if licence is None:
        rejected[candidate.repository] = f"licence: {source}"
        return None
    return Package(
        ecosystem=candidate.ecosystem,
        name=candidate.name,
        version=entry.version,
        licence=licence,
        licence_source=source,
        sha256=hash_file(entry.archive),
        split=candidate.split,
        languages=candidate.languages,
        excluded=excluded_patterns(candidate.ecosystem, entry.metadata),
    )


def _link(archive: Path, target: Path) -> None:
    """The archive under its name in the cache, without a second copy where the disk allows."""
    if target.exists():
        return
    try:
        os.link(archive, target)
    except OSError:
        copy = archive.with_name(archive.name + ".copy")
        shutil.copyfile(archive, copy)
        place(copy, target)


def _download_candidates(candidates: list[Candidate], cache: Path) -> dict[str, Download]:
    """Downloads, by repository, of what the index of earlier downloads lacks; all ecosystems at a time, for each has its own servers."""
    by_ecosystem = {name: [item for item in candidates if item.ecosystem == name] for name in ECOSYSTEMS}
    found: dict[str, Download] = {}
    with ThreadPoolExecutor(len(ECOSYSTEMS)) as executor:
        for name, downloads in zip(by_ecosystem, executor.map(lambda name: _download_of(name, by_ecosystem[name], cache), by_ecosystem)):
            found |= {f"{name}:{package}": entry for package, entry in downloads.items()}
    return found


def _download_of(ecosystem: str, candidates: list[Candidate], cache: Path) -> dict[str, Download]:
    folder = cache / "downloads" / ecosystem
    index_path = folder / "index.json"
    index = json.loads(index_path.read_text("utf-8")) if index_path.exists() else {}
    requests = [Request(candidate.name, candidate.version) for candidate in candidates if candidate.name not in index]
    if requests:
        for name, entry in download(ecosystem, requests, folder).items():
            index[name] = [entry.version, str(entry.archive), str(entry.metadata) if entry.metadata else None]
        write_whole(index_path, json.dumps(index, indent=1))
    return {
        name: Download(version, Path(archive), Path(metadata) if metadata else None)
        for name, (version, archive, metadata) in index.items()
    }
