"""The manifest packages.json: which packages, in which version, under which licence, in which split.

The text itself is never committed; the manifest and its hashes make it reproducible.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Ecosystem = Literal["pypi", "npm", "maven", "go"]
Split = Literal["train", "dev", "test"]

PACKAGE_FOLDER = Path(__file__).parent
MANIFEST_PATH = PACKAGE_FOLDER / "packages.json"
CANDIDATES_PATH = PACKAGE_FOLDER / "candidates.txt"

#: What an archive of an ecosystem is taken for; files of other languages in it are left out.
LANGUAGES_OF_ECOSYSTEM: dict[str, tuple[str, ...]] = {
    "pypi": ("python",),
    "npm": ("typescript", "javascript"),
    "maven": ("java",),
    "go": ("go",),
}


@dataclass(frozen=True)
class Package:
    """One archive of the corpus.

    `name` is the package's name for its client (for Maven "group:artifact"), `sha256` that of the archive in hex,
    `licence` an SPDX expression, `licence_source` where it was read.
    """

    ecosystem: Ecosystem
    name: str
    version: str
    licence: str
    licence_source: str
    sha256: str
    split: Split
    languages: tuple[str, ...]

    @property
    def repository(self) -> str:
        """The name documents carry, such as "pypi:django"."""
        return f"{self.ecosystem}:{self.name}"

    @property
    def archive_name(self) -> str:
        """File name of the archive in the cache: unique, without folder separators."""
        suffix = {"pypi": "whl", "npm": "tgz", "maven": "jar", "go": "zip"}[self.ecosystem]
        flat_name = self.name.replace("/", "+").replace(":", "+")
        return f"{self.ecosystem}-{flat_name}-{self.version}.{suffix}"


@dataclass(frozen=True)
class Candidate:
    """A package that a person proposed. `version` is None where the client may choose the newest."""

    ecosystem: Ecosystem
    name: str
    version: str | None
    split: Split


def read_manifest(path: Path = MANIFEST_PATH) -> list[Package]:
    """Reads packages.json.

    Raises FileNotFoundError when there is none: run `python -m corpus resolve` first.
    """
    entries = json.loads(path.read_text("utf-8"))
    return [Package(**{**entry, "languages": tuple(entry["languages"])}) for entry in entries]


def write_manifest(packages: list[Package], path: Path = MANIFEST_PATH) -> None:
    """Writes packages.json, sorted, one package a line, so that differences are easy to read."""
    ordered = sorted(packages, key=lambda package: (package.ecosystem, package.split, package.name))
    lines = ",\n".join("  " + json.dumps(asdict(package), ensure_ascii=False) for package in ordered)
    path.write_text(f"[\n{lines}\n]\n", "utf-8")


def read_candidates(path: Path = CANDIDATES_PATH) -> list[Candidate]:
    """Reads candidates.txt; raises ValueError for a name outside a section or one that is listed twice."""
    candidates: list[Candidate] = []
    seen: set[tuple[str, str]] = set()
    section: tuple[str, str] | None = None
    for line in path.read_text("utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            ecosystem, split = line.strip("[]").split()
            section = (ecosystem, split)
            continue
        if section is None:
            raise ValueError(f"{path}: put a section such as [pypi train] before {line!r}")
        for word in line.split():
            name, version = word, None
            if section[0] == "maven":
                name, _, version = word.rpartition(":")
            if (section[0], name) in seen:
                raise ValueError(f"{path}: {section[0]} {name} is listed twice; keep it in one split only")
            seen.add((section[0], name))
            candidates.append(Candidate(section[0], name, version, section[1]))  # type: ignore[arg-type]
    return candidates


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
