"""The manifest packages.json: which packages, in which version, under which licence, in which split.

The text itself is never committed; the manifest and its hashes make it reproducible. splits.json says the same of the held-out
packages in a form that evaluation code reads in any language.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from .files import CorpusError, write_whole

EcosystemName = Literal["pypi", "npm", "maven", "go", "crates", "debian"]
Split = Literal["train", "dev", "test"]

PACKAGE_FOLDER = Path(__file__).parent
MANIFEST_PATH = PACKAGE_FOLDER / "packages.json"
CANDIDATES_PATH = PACKAGE_FOLDER / "candidates.txt"
SPLITS_PATH = PACKAGE_FOLDER / "splits.json"

#: Languages that the model is mainly for: enough held-out packages of each to report on it alone.
MAIN_LANGUAGES = ("python", "typescript", "javascript", "java", "go")


@dataclass(frozen=True)
class Ecosystem:
    """`suffix` ends the archives' names in the cache; `languages` is what a package is taken for unless candidates.txt says more:
    files of other languages in it are left out."""

    suffix: str
    languages: tuple[str, ...]


ECOSYSTEMS: dict[str, Ecosystem] = {
    "pypi": Ecosystem("whl", ("python",)),
    "npm": Ecosystem("tgz", ("typescript", "javascript")),
    "maven": Ecosystem("jar", ("java",)),
    "go": Ecosystem("zip", ("go",)),
    "crates": Ecosystem("crate", ("rust",)),
    "debian": Ecosystem("tar", ("c", "cpp", "csharp")),
}


class CandidatesError(CorpusError):
    """candidates.txt contradicts itself or the frozen splits."""


@dataclass(frozen=True)
class Package:
    """One archive of the corpus.

    `name` is the package's name for its client (for Maven "group:artifact"), `sha256` that of the archive in hex,
    `licence` an SPDX expression, `licence_source` where it was read, `excluded` patterns of the paths that are under another licence, or that
    are copies of other packages.
    """

    ecosystem: EcosystemName
    name: str
    version: str
    licence: str
    licence_source: str
    sha256: str
    split: Split
    languages: tuple[str, ...]
    excluded: tuple[str, ...] = ()

    @property
    def repository(self) -> str:
        """The name documents carry, such as "pypi:django"."""
        return f"{self.ecosystem}:{self.name}"

    @property
    def archive_name(self) -> str:
        """File name of the archive in the cache: unique, without folder separators."""
        flat_name = self.name.replace("/", "+").replace(":", "+")
        return f"{self.ecosystem}-{flat_name}-{self.version.replace(':', '+')}.{ECOSYSTEMS[self.ecosystem].suffix}"


@dataclass(frozen=True)
class Candidate:
    """A package that a person proposed. `version` is None where the client may choose the newest."""

    ecosystem: EcosystemName
    name: str
    version: str | None
    split: Split
    languages: tuple[str, ...]

    @property
    def repository(self) -> str:
        """As Package.repository."""
        return f"{self.ecosystem}:{self.name}"


def read_manifest(path: Path = MANIFEST_PATH) -> list[Package]:
    """Reads packages.json.

    Raises FileNotFoundError when there is none: run `python -m corpus resolve` first.
    """
    entries = json.loads(path.read_text("utf-8"))
    tuples = ("languages", "excluded")
    return [Package(**{key: tuple(value) if key in tuples else value for key, value in entry.items()}) for entry in entries]


def write_manifest(packages: list[Package], path: Path = MANIFEST_PATH) -> None:
    """Writes packages.json, sorted, one package a line, so that differences are easy to read."""
    ordered = sorted(packages, key=lambda package: (package.ecosystem, package.split, package.name))
    entries = ({key: value for key, value in asdict(package).items() if key != "excluded" or value} for package in ordered)
    lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in entries)
    write_whole(path, f"[\n{lines}\n]\n")


def write_splits(packages: list[Package], main_language: Mapping[str, str], path: Path = SPLITS_PATH) -> None:
    """Writes splits.json: split, main language, names of the held-out packages. `main_language` is by repository."""
    splits: dict[str, dict[str, list[str]]] = {"dev": defaultdict(list), "test": defaultdict(list)}
    for package in packages:
        if package.split != "train":
            splits[package.split][main_language[package.repository]].append(package.repository)
    ordered = {split: {language: sorted(names) for language, names in sorted(table.items())} for split, table in splits.items()}
    write_whole(path, json.dumps(ordered, indent=2, ensure_ascii=False) + "\n")


def read_splits(path: Path = SPLITS_PATH) -> dict[str, dict[str, list[str]]]:
    """Reads splits.json."""
    return json.loads(path.read_text("utf-8"))


def read_candidates(path: Path = CANDIDATES_PATH) -> list[Candidate]:
    """Reads candidates.txt; raises CandidatesError for a name outside a section or one that is listed twice."""
    candidates: list[Candidate] = []
    seen: dict[tuple[str, str], str] = {}
    section: tuple[str, str, tuple[str, ...]] | None = None
    for line in path.read_text("utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            ecosystem, split, *languages = line.strip("[]").split()
            if ecosystem not in ECOSYSTEMS or split not in ("train", "dev", "test"):
                raise CandidatesError(f"{path}: {line} is no section; write an ecosystem ({', '.join(ECOSYSTEMS)}) and train, dev or test")
            section = (ecosystem, split, tuple(languages) or ECOSYSTEMS[ecosystem].languages)
            continue
        if section is None:
            raise CandidatesError(f"{path}: put a section such as [pypi train] before {line!r}")
        ecosystem, split, languages = section
        for word in line.split():
            name, version = word, None
            if ecosystem == "maven":
                name, _, version = word.rpartition(":")
            if (ecosystem, name) in seen:
                raise CandidatesError(f"{path}: {ecosystem} {name} is listed twice ({seen[ecosystem, name]} and {split}); keep it in one split only")
            seen[ecosystem, name] = split
            candidates.append(Candidate(ecosystem, name, version, split, languages))  # type: ignore[arg-type]
    return candidates


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
