"""Names to manifest: downloads each candidate, reads version and licence from the archive itself, and writes packages.json.

Run it only to change the manifest; a build needs the manifest alone. Candidates that are turned down are listed with the
reason in the cache's rejected.json.
"""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pool
from pathlib import Path

from .clients import Download, Request, download
from .extract import extract_cached
from .licences import detect
from .manifest import LANGUAGES_OF_ECOSYSTEM, Candidate, Package, hash_file, read_candidates, write_manifest

#: A package with less text than this after the filters is not worth its line (npm packages often ship build output only).
MINIMUM_KEPT_BYTES = {"train": 40_000, "dev": 10_000, "test": 10_000}


def resolve(cache: Path) -> list[Package]:
    """Writes packages.json from candidates.txt and returns it. Downloads already in the cache are used again."""
    archives = cache / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    candidates = read_candidates()
    ecosystems = list(LANGUAGES_OF_ECOSYSTEM)
    with ThreadPoolExecutor(len(ecosystems)) as executor:
        found = dict(
            zip(ecosystems, executor.map(lambda ecosystem: _download_candidates(ecosystem, candidates, cache), ecosystems))
        )
    packages: list[Package] = []
    rejected: dict[str, str] = {}
    for candidate in candidates:
        entry = found[candidate.ecosystem].get(candidate.name)
        label = f"{candidate.ecosystem}:{candidate.name}"
        if entry is None:
            rejected[label] = "no archive"
            continue
        licence, source = detect(candidate.ecosystem, candidate.name, entry.archive, entry.metadata)
        if licence is None:
            rejected[label] = f"licence: {source}"
            continue
        package = Package(
            ecosystem=candidate.ecosystem,
            name=candidate.name,
            version=entry.version,
            licence=licence,
            licence_source=source,
            sha256=hash_file(entry.archive),
            split=candidate.split,
            languages=LANGUAGES_OF_ECOSYSTEM[candidate.ecosystem],
        )
        target = archives / package.archive_name
        if not target.exists():
            try:
                os.link(entry.archive, target)
            except OSError:
                shutil.copyfile(entry.archive, target)
        packages.append(package)
    with Pool(2) as pool:
        extracted = pool.starmap(extract_cached, [(package, archives, cache) for package in packages], chunksize=1)
    for package, result in zip(list(packages), extracted):
        if result.kept_bytes < MINIMUM_KEPT_BYTES[package.split]:
            rejected[package.repository] = f"only {result.kept_bytes} bytes of source"
            packages.remove(package)
    write_manifest(packages)
    (cache / "rejected.json").write_text(json.dumps(rejected, indent=1, ensure_ascii=False), "utf-8")
    print(f"manifest: {len(packages)} packages; {len(rejected)} turned down, see {cache / 'rejected.json'}")
    return packages


def _download_candidates(ecosystem: str, candidates: list[Candidate], cache: Path) -> dict[str, Download]:
    """Downloads what the index of earlier downloads lacks."""
    folder = cache / "downloads" / ecosystem
    index_path = folder / "index.json"
    index = json.loads(index_path.read_text("utf-8")) if index_path.exists() else {}
    requests = [
        Request(candidate.name, candidate.version)
        for candidate in candidates
        if candidate.ecosystem == ecosystem and candidate.name not in index
    ]
    if requests:
        for name, entry in download(ecosystem, requests, folder).items():
            index[name] = [entry.version, str(entry.archive), str(entry.metadata) if entry.metadata else None]
        index_path.write_text(json.dumps(index, indent=1), "utf-8")
    return {
        name: Download(version, Path(archive), Path(metadata) if metadata else None)
        for name, (version, archive, metadata) in index.items()
    }
