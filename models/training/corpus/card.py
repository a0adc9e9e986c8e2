"""Writes DATA_CARD.md from statistics.json, so that the card never says other than what was built."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from .extract import PACKAGE_CAP
from .manifest import PACKAGE_FOLDER, Package, read_manifest

_REASONS = {
    "vendored": "copies of other packages (vendor, node_modules, third_party, _vendor, shaded and so on)",
    "build output": "transpiled or bundled JavaScript, by folder or by what compilers leave in the text",
    "minified": "minified or bundled, by name",
    "generated": "generated, by path or by a marker in the first comments",
    "data": "tables of numbers, strings or encoded bytes; shaders, locale and test-data folders",
    "too large": "over 256 KiB",
    "too small": "under 100 characters",
    "long lines": "a line over 1,000 characters, or over 300 on average",
    "not UTF-8": "not UTF-8 text",
    "mostly not ASCII": "over 5% of the characters outside of ASCII",
    "licence header": "the file's own header names a licence that is not permissive",
    "licence folder": "folders that publishers keep under another licence (enterprise, ee)",
    "copied from a forum": "names a question-and-answer page, whose code is under CC BY-SA",
    "secret": "holds what looks like a private key or an access token",
    "flow types": "JavaScript with Flow annotations",
    "JavaScript beside TypeScript": "compiled twins in packages that ship TypeScript",
    "package cap": f"over {PACKAGE_CAP // 1_000_000} MB of one language in one package",
    "language target": "over the target of the language; the largest packages give way",
    "exact duplicate": "same text, blank space apart",
    "near duplicate": "near duplicate by MinHash",
    "shared with HumanEval": "shares a long run of lexemes with HumanEval",
}


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.2f}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    ruler = "|".join([" --- "] + [" ---: "] * (len(head) - 1))
    return "\n".join([f"| {' | '.join(head)} |", f"|{ruler}|"] + [f"| {' | '.join(row)} |" for row in rows])


def write_card(statistics_path: Path, card_path: Path = PACKAGE_FOLDER / "DATA_CARD.md") -> None:
    """Writes the card. Raises FileNotFoundError where there are no statistics: run `python -m corpus build` first."""
    card_path.write_text(render_card(json.loads(statistics_path.read_text("utf-8")), read_manifest()), "utf-8")


def render_card(statistics: dict[str, Any], packages: list[Package]) -> str:
    """The card's Markdown."""
    languages, licences = statistics["languages"], statistics["licences"]
    sizes = [
        (split, language, f"{cell['packages']:,}", f"{cell['files']:,}", _megabytes(cell["bytes"]))
        for split in ("train", "dev", "test")
        for language, cell in sorted(languages.get(split, {}).items())
    ]
    licence_rows = [
        (licence, *(_megabytes(licences.get(split, {}).get(licence, {"bytes": 0})["bytes"]) for split in ("train", "dev", "test")))
        for licence in sorted({licence for table in licences.values() for licence in table})
    ]
    removed_files, removed_bytes = Counter[str](), Counter[str]()
    for row in statistics["removed"]:
        removed_files[row["reason"]] += row["files"]
        removed_bytes[row["reason"]] += row["bytes"]
    removed_rows = [
        (reason, _REASONS.get(reason, ""), f"{removed_files[reason]:,}", _megabytes(removed_bytes[reason]))
        for reason in sorted(removed_files, key=lambda reason: (-removed_bytes[reason], reason))
    ]
    held_out: dict[tuple[str, str], list[str]] = defaultdict(list)
    for package in packages:
        if package.split != "train":
            held_out[package.ecosystem, package.split].append(f"{package.name} {package.version}")
    held_out_rows = [(ecosystem, split, ", ".join(sorted(names))) for (ecosystem, split), names in sorted(held_out.items())]
    largest = Counter({name: size for name, size in statistics["bytes_of_package"].items()}).most_common(25)
    total = sum(cell["bytes"] for cell in languages["train"].values())
    decontaminate, deduplicate = statistics["decontaminate"], statistics["deduplicate"]
    shared = statistics["shared_with_humaneval"]
    humaneval = (
        f"A training file goes if it shares a run of {decontaminate['run']} lexemes (words, numbers, single signs) with the prompt or the "
        f"canonical solution of a task. A run counts if it holds at least {decontaminate['minimum_words']} different words and occurs in "
        f"fewer than {decontaminate['boilerplate_tasks']} tasks; import lines are not looked at. It took out {len(shared)} files."
        if statistics["humaneval_checked"]
        else "**This build was not checked against HumanEval** (no benchmark folder was given): its scores there mean nothing."
    )
    return f"""# Data card: the training corpus

Written by `python -m corpus build` from its statistics; do not edit by hand.

{total / 1e6:,.0f} MB of source text for training, from {len(packages)} released packages named one by one in
[packages.json](packages.json) with version, licence and SHA-256. The text itself is not in this repository; anybody can fetch it anew
with the manifest. It is for training a small model that completes code, in Python, TypeScript, JavaScript, Java and Go.

## Size

{_table(("split", "language", "packages", "files", "MB"), sizes)}

Splits are whole packages: nothing of a dev or test package is in training, and training files that nearly repeat a held-out file are
removed.

{_table(("ecosystem", "split", "held-out packages"), held_out_rows)}

## Licences

Only packages under MIT, BSD-2-Clause, BSD-3-Clause, Apache-2.0, ISC, PSF-2.0, Python-2.0, Unlicense, 0BSD, BSL-1.0 or Zlib, as their own
metadata or licence file declares (`licence_source` in the manifest says where it was read). Of "A OR B" the permitted side is taken; "A AND B" needs
both. Files whose header names another licence are dropped. MB by licence:

{_table(("licence", "train", "dev", "test"), licence_rows)}

## What was removed

Each file counts for the first filter that removes it. "Language target" is no defect: there is more permissive text than one
training run can use, so the largest packages were cut (by whole folders, chosen by hash) to one common size.

{_table(("filter", "what", "files", "MB"), removed_rows)}

Near duplicates: MinHash over runs of {deduplicate["shingle"]} words, one-permutation with {deduplicate["bins"]} values in bands of
{deduplicate["rows_per_band"]}, then the exact Jaccard index from {deduplicate["threshold"]} on, within a language.

## Overlap with HumanEval

{humaneval}

## Limits

- Released packages only: libraries and servers far more than applications or scripts, and few tests (wheels and npm archives leave them out).
- English names and comments almost throughout; files with over 5% of other characters are dropped.
- Secrets and generated files are found by patterns, which miss some and take some innocent files.
- Names and addresses in licence headers and author comments are kept as published.
- A package's declared licence is trusted; of code copied into a package we see only what its headers say.

## Largest packages kept

{_table(("package", "MB"), [(name, _megabytes(size)) for name, size in largest])}

## Build it again

From `models/training`, with Python 3.11 or newer, numpy, and the clients pip, npm, mvn and go:

```sh
python -m corpus build --cache CACHE --humaneval FOLDER_WITH_HUMANEVAL_INFILLING
python -m unittest corpus.test_corpus
```

The same manifest and rules (`{statistics["rules"]}`) give the same bytes. `python -m corpus resolve --cache CACHE` makes a new manifest from
candidates.txt with the newest versions.
"""
