"""Runs all steps from the manifest to train.jsonl, dev.jsonl, test.jsonl, statistics.json and DATA_CARD.md.

Resumable: archives and each package's documents stay in the cache. Deterministic: the same manifest gives the same bytes.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from multiprocessing import Pool
from pathlib import Path

from .decontaminate import ContaminationCheck, DecontaminateConfig, contaminating_runs, read_tasks
from .deduplicate import DeduplicateConfig, find_duplicates
from .extract import PACKAGE_CAP, Document, Extracted, cap, extract_cached, read_documents, rules_hash, write_documents
from .fetch import fetch
from .manifest import Package, read_manifest

SPLITS = ("test", "dev", "train")


@dataclass(frozen=True)
class BuildConfig:
    """`targets` bounds the training bytes of each language; the largest packages give way first.

    `slack` is how many times the targets enter deduplication, which then removes about a tenth.
    """

    cache: Path
    output: Path
    humaneval: Path | None
    processes: int = 2
    slack: float = 1.3
    targets: dict[str, int] = field(
        default_factory=lambda: {
            "python": 110_000_000,
            "typescript": 42_000_000,
            "javascript": 20_000_000,
            "java": 36_000_000,
            "go": 36_000_000,
        }
    )


def build(config: BuildConfig) -> dict[str, object]:
    """Writes the corpus and returns its statistics. See the module's comment for the files."""
    started = time.monotonic()

    def report(step: str) -> None:
        print(f"[{time.monotonic() - started:6.1f} s] {step}", flush=True)

    packages = read_manifest()
    archives = fetch(packages, config.cache)
    report(f"{len(packages)} archives verified")
    config.output.mkdir(parents=True, exist_ok=True)
    removed: Counter[tuple[str, str, str]] = Counter()
    removed_bytes: Counter[tuple[str, str, str]] = Counter()
    split_of = {package.repository: package.split for package in packages}

    def remove(document: Document, reason: str) -> None:
        key = (split_of[document.repository], document.language, reason)
        removed[key] += 1
        removed_bytes[key] += document.size

    runs = None
    if config.humaneval is None:
        print("WARNING: no --humaneval folder: the training set is NOT checked against HumanEval; do not report its scores", flush=True)
    else:
        runs = contaminating_runs(read_tasks(config.humaneval))

    with Pool(config.processes) as pool:
        extracted: list[Extracted] = pool.starmap(
            extract_cached, [(package, archives, config.cache) for package in packages], chunksize=1
        )
        documents: list[Document] = []
        # Held-out packages first: deduplication keeps the earlier of two.
        for split in SPLITS:
            for package, result in sorted(zip(packages, extracted), key=lambda pair: pair[0].repository):
                if package.split == split:
                    documents += read_documents(result.documents)
                    for language, reason, count, size in result.removed:
                        removed[split, language, reason] += count
                        removed_bytes[split, language, reason] += size
        report(f"{len(documents)} documents, {sum(document.size for document in documents) / 1e6:.1f} MB after the filters")
        # Deduplicating several times what is wanted would only cost time: cut first to somewhat more than the targets.
        held_out = [document for document in documents if split_of[document.repository] != "train"]
        training = [document for document in documents if split_of[document.repository] == "train"]
        generous = {language: round(target * config.slack) for language, target in config.targets.items()}
        documents = held_out + target_documents(training, generous, remove)
        report(f"{len(documents)} documents, {sum(document.size for document in documents) / 1e6:.1f} MB enter deduplication")

        duplicates = find_duplicates(documents, pool)
        for index, (reason, _) in duplicates.items():
            remove(documents[index], reason)
        documents = [document for index, document in enumerate(documents) if index not in duplicates]
        report(f"{len(duplicates)} duplicates removed")

        contaminated: list[str] = []
        if runs is not None:
            training = [document for document in documents if split_of[document.repository] == "train"]
            verdicts = pool.map(ContaminationCheck(runs), training, chunksize=64)
            bad = {id(document) for document, verdict in zip(training, verdicts) if verdict}
            for document in documents:
                if id(document) in bad:
                    remove(document, "shared with HumanEval")
                    contaminated.append(f"{document.repository}/{document.path}")
            documents = [document for document in documents if id(document) not in bad]
            report(f"{len(bad)} training files share a run with HumanEval")

    by_split = {split: [document for document in documents if split_of[document.repository] == split] for split in SPLITS}
    by_split["train"] = target_documents(by_split["train"], config.targets, remove)
    for split in SPLITS:
        by_split[split].sort(key=lambda document: (document.repository, document.path))
        write_documents(by_split[split], config.output / f"{split}.jsonl")
    statistics = summarise(config, packages, by_split, removed, removed_bytes, sorted(contaminated))
    (config.output / "statistics.json").write_text(json.dumps(statistics, indent=1, ensure_ascii=False) + "\n", "utf-8")
    report(f"written to {config.output}")
    return statistics


def target_documents(
    documents: list[Document], targets: dict[str, int], remove: Callable[[Document, str], None]
) -> list[Document]:
    """Cuts the largest packages of each language down to one common size so that the language meets its target, in bytes.

    Keeps the order; `remove` hears of each document left out.
    """
    kept_ids: set[int] = set()
    for language, target in targets.items():
        groups: dict[str, list[Document]] = {}
        for document in documents:
            if document.language == language:
                groups.setdefault(document.repository, []).append(document)
        sizes = [sum(document.size for document in group) for group in groups.values()]
        low, high = 0, PACKAGE_CAP
        if sum(min(size, high) for size in sizes) <= target:
            low = high
        while high - low > 1000:
            middle = (low + high) // 2
            low, high = (middle, high) if sum(min(size, middle) for size in sizes) <= target else (low, middle)
        for group in groups.values():
            kept_ids |= {id(document) for document in cap(group, low)}
    for document in documents:
        if id(document) not in kept_ids:
            remove(document, "language target")
    return [document for document in documents if id(document) in kept_ids]


def summarise(
    config: BuildConfig,
    packages: list[Package],
    by_split: dict[str, list[Document]],
    removed: Counter[tuple[str, str, str]],
    removed_bytes: Counter[tuple[str, str, str]],
    contaminated: list[str],
) -> dict[str, object]:
    """Everything that the data card says in numbers."""
    licence_of = {package.repository: package.licence for package in packages}
    languages: dict[str, dict[str, dict[str, int]]] = {}
    licences: dict[str, dict[str, dict[str, int]]] = {}
    for split, documents in by_split.items():
        for document in documents:
            for table, key in ((languages, document.language), (licences, licence_of[document.repository])):
                cell = table.setdefault(split, {}).setdefault(key, {"files": 0, "bytes": 0})
                cell["files"] += 1
                cell["bytes"] += document.size
        for language, cell in languages.get(split, {}).items():
            cell["packages"] = len({document.repository for document in documents if document.language == language})
    packages_kept: dict[str, int] = Counter()
    for documents in by_split.values():
        for document in documents:
            packages_kept[document.repository] += document.size
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
        "shared_with_humaneval": contaminated,
        "bytes_of_package": dict(sorted(packages_kept.items(), key=lambda item: (-item[1], item[0]))),
    }
