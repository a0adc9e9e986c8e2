"""Runs all steps from the manifest to train.jsonl, dev.jsonl, test.jsonl, statistics.json and DATA_CARD.md.

Resumable: archives and each package's results stay in the cache. Deterministic: the same manifest gives the same bytes. Texts pass through
memory one package at a time; what is held of all documents is their names and sketches.
"""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .decontaminate import ContaminationCheck, DecontaminateConfig, contaminating_runs, read_tasks
from .deduplicate import DeduplicateConfig, Sketch, find_duplicates
from .extract import PACKAGE_CAP, cap, rules_hash
from .fetch import fetch
from .files import whole_file, write_whole
from .manifest import Package, read_manifest
from .pool import map_in_workers
from .prepare import Prepared, Task, prepare

#: Held-out packages first: of two equal files, deduplication keeps the earlier.
SPLITS = ("test", "dev", "train")


@dataclass(frozen=True)
class BuildConfig:
    """`targets` bounds the training bytes of each language; the largest packages give way first. `splits` are those that are built."""

    cache: Path
    output: Path
    humaneval: Path | None
    processes: int = 2
    splits: tuple[str, ...] = SPLITS
    targets: dict[str, int] = field(
        default_factory=lambda: {
            "python": 500_000_000,
            "typescript": 220_000_000,
            "javascript": 100_000_000,
            "java": 170_000_000,
            "go": 170_000_000,
            "rust": 45_000_000,
            "c": 35_000_000,
            "cpp": 35_000_000,
            "csharp": 20_000_000,
        }
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A document without its text: `package` and `line` say where that is."""

    repository: str
    split: str
    path: str
    language: str
    size: int
    package: int
    line: int


def build(config: BuildConfig, packages: list[Package] | None = None) -> dict[str, object]:
    """Writes the corpus and returns its statistics. See the module's comment for the files."""
    started = time.monotonic()

    def report(step: str) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"[{time.monotonic() - started:6.1f} s, {peak:.1f} GB] {step}", flush=True)

    packages = [package for package in (packages or read_manifest()) if package.split in config.splits]
    packages.sort(key=lambda package: (SPLITS.index(package.split), package.repository))
    archives = fetch(packages, config.cache)
    report(f"{len(packages)} archives verified")
    config.output.mkdir(parents=True, exist_ok=True)
    check = None
    if config.humaneval is None:
        print("WARNING: no --humaneval folder: the training set is NOT checked against HumanEval; do not report its scores", flush=True)
    else:
        check = ContaminationCheck(contaminating_runs(read_tasks(config.humaneval)))
    tasks = [Task(package, archives, config.cache, check if package.split == "train" else None) for package in packages]
    prepared = list(map_in_workers(prepare, tasks, config.processes))

    removed: Counter[tuple[str, str, str]] = Counter()
    removed_bytes: Counter[tuple[str, str, str]] = Counter()

    def remove(row: Row, reason: str) -> None:
        removed[row.split, row.language, reason] += 1
        removed_bytes[row.split, row.language, reason] += row.size

    rows: list[Row] = []
    sketches: list[Sketch] = []
    contaminated: set[int] = set()
    for number, (package, result) in enumerate(zip(packages, prepared)):
        facts = result.read()
        contaminated |= {len(rows) + line for line in facts.contaminated.nonzero()[0].tolist()}
        rows += [
            Row(package.repository, package.split, path, language, size, number, line)
            for line, (path, language, size) in enumerate(facts.names)
        ]
        sketches += facts.sketches
        for language, reason, count, size in result.extracted.removed:
            removed[package.split, language, reason] += count
            removed_bytes[package.split, language, reason] += size
    report(f"{len(rows)} documents, {sum(row.size for row in rows) / 1e6:.1f} MB after the filters")

    duplicates = find_duplicates(sketches, sum(row.split != "train" for row in rows))
    del sketches
    reasons = {index: reason for index, (reason, _) in duplicates.dropped.items()}
    reasons |= {index: "repeated in training" for index in duplicates.repeated if index not in reasons}
    report(f"{len(duplicates.dropped)} duplicates and {len(duplicates.repeated)} held-out files that training repeats")
    reasons |= {index: "shared with HumanEval" for index in contaminated if index not in reasons}
    report(f"{len(contaminated)} training files share a run with HumanEval")
    for index, reason in reasons.items():
        remove(rows[index], reason)
    kept = [row for index, row in enumerate(rows) if index not in reasons]
    by_split = {split: [row for row in kept if row.split == split] for split in config.splits}
    if "train" in by_split:
        by_split["train"] = target_rows(by_split["train"], config.targets, remove)

    # The statistics vouch for the files beside them: gone before the first of those changes, and back after the last.
    statistics_path = config.output / "statistics.json"
    statistics_path.unlink(missing_ok=True)
    hashes = write_splits_of_corpus(by_split, prepared, config.output)
    repeated = Counter(rows[index].repository for index in duplicates.repeated)
    statistics = summarise(config, packages, by_split, removed, removed_bytes) | {
        "shared_with_humaneval": sorted(f"{rows[index].repository}/{rows[index].path}" for index in contaminated),
        "repeated_in_training": dict(repeated.most_common()),
        "sha256": hashes,
        "peak_gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 1),
    }
    write_whole(statistics_path, json.dumps(statistics, indent=1, ensure_ascii=False) + "\n")
    report(f"written to {config.output}")
    return statistics


def write_splits_of_corpus(by_split: dict[str, list[Row]], prepared: list[Prepared], output: Path) -> dict[str, str]:
    """Writes each split's JSON lines, sorted by repository and path; returns their SHA-256. No file gets its name before all are written."""
    hashes: dict[str, str] = {}
    with ExitStack() as stack:
        for split, rows in by_split.items():
            stream = stack.enter_context(whole_file(output / f"{split}.jsonl"))
            digest = hashlib.sha256()
            for line in _lines(sorted(rows, key=lambda row: (row.repository, row.path)), prepared):
                stream.write(line)
                digest.update(line)
            hashes[split] = digest.hexdigest()
    return hashes


def _lines(rows: list[Row], prepared: list[Prepared]) -> Iterator[bytes]:
    """The JSON line of each document, read from its package's file, which is in the same format."""
    package, lines = -1, []
    for row in rows:
        if row.package != package:
            package = row.package
            lines = prepared[package].extracted.documents.read_bytes().split(b"\n")
        yield lines[row.line] + b"\n"


def target_rows(rows: list[Row], targets: dict[str, int], remove: Callable[[Row, str], None]) -> list[Row]:
    """Cuts the largest packages of each language down to one common size so that the language meets its target, in bytes.

    Keeps the order; `remove` hears of each document left out.
    """
    kept_ids: set[int] = set()
    for language, target in targets.items():
        groups: dict[str, list[Row]] = {}
        for row in rows:
            if row.language == language:
                groups.setdefault(row.repository, []).append(row)
        sizes = [sum(row.size for row in group) for group in groups.values()]
        low, high = 0, PACKAGE_CAP
        if sum(min(size, high) for size in sizes) <= target:
            low = high
        while high - low > 1000:
            middle = (low + high) // 2
            low, high = (middle, high) if sum(min(size, middle) for size in sizes) <= target else (low, middle)
        for group in groups.values():
            kept_ids |= {id(row) for row in cap(group, low)}
    for row in rows:
        if id(row) not in kept_ids:
            remove(row, "language target")
    return [row for row in rows if id(row) in kept_ids]


def summarise(
    config: BuildConfig,
    packages: list[Package],
    by_split: dict[str, list[Row]],
    removed: Counter[tuple[str, str, str]],
    removed_bytes: Counter[tuple[str, str, str]],
) -> dict[str, object]:
    """What the data card says of sizes, licences and filters, in numbers."""
    licence_of = {package.repository: package.licence for package in packages}
    languages: dict[str, dict[str, dict[str, int]]] = {}
    licences: dict[str, dict[str, dict[str, int]]] = {}
    packages_kept: Counter[str] = Counter()
    for split, rows in by_split.items():
        for row in rows:
            packages_kept[row.repository] += row.size
            for table, key in ((languages, row.language), (licences, licence_of[row.repository])):
                cell = table.setdefault(split, {}).setdefault(key, {"files": 0, "bytes": 0})
                cell["files"] += 1
                cell["bytes"] += row.size
        for language, cell in languages.get(split, {}).items():
            cell["packages"] = len({row.repository for row in rows if row.language == language})
    return {
        "rules": rules_hash(),
        "humaneval_checked": config.humaneval is not None,
        "deduplicate": asdict(DeduplicateConfig()),
        "decontaminate": asdict(DecontaminateConfig()),
        "targets": config.targets,
        "packages_by_ecosystem": dict(Counter(f"{package.ecosystem} {package.split}" for package in packages)),
        "languages": languages,
        "licences": licences,
        "removed": [
            {"split": split, "language": language, "reason": reason, "files": count, "bytes": removed_bytes[split, language, reason]}
            for (split, language, reason), count in sorted(removed.items())
        ],
        "bytes_of_package": dict(sorted(packages_kept.items(), key=lambda item: (-item[1], item[0]))),
    }
