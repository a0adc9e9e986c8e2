"""Writes DATA_CARD.md from statistics.json, so that the card never says other than what was built."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from .extract import PACKAGE_CAP
from .files import write_whole
from .manifest import PACKAGE_FOLDER, Package, read_manifest, read_splits

#: Bytes of source per token of the model's tokenizer, to estimate tokens where there is no tokenizer.
BYTES_PER_TOKEN = 3.4

_NAMES = {
    "python": "Python",
    "typescript": "TypeScript",
    "javascript": "JavaScript",
    "java": "Java",
    "go": "Go",
    "rust": "Rust",
    "c": "C",
    "cpp": "C++",
    "csharp": "C#",
}

_REASONS = {
    "vendored": "copies of other packages (vendor, node_modules, third_party, _vendor, shaded and so on)",
    "build output": "transpiled or bundled JavaScript, by folder or by what compilers leave in the text",
    "minified": "minified or bundled, by name",
    "generated": "generated, by path or by a marker in the first comments",
    "data": "tables of numbers, strings or encoded bytes; shaders, locale and test-data folders",
    "too large": "over 256 KiB",
    "too small": "under 100 characters",
    "long lines": "a line over 1,000 characters, or over 300 on average",
    "not UTF-8": "neither UTF-8 nor UTF-16 with its mark; other encodings are not guessed at",
    "mostly not ASCII": "over 5% of the characters outside of ASCII",
    "licence header": "the file's own header names a licence that is not permissive",
    "licence of part": "paths that the manifest excludes: under another licence by debian/copyright, or copies of another package",
    "licence folder": "folders that publishers keep under another licence (enterprise, ee)",
    "copied from a forum": "names a question-and-answer page, whose code is under CC BY-SA",
    "secret": "holds what looks like a private key or an access token",
    "flow types": "JavaScript with Flow annotations",
    "JavaScript beside TypeScript": "compiled twins in packages that ship TypeScript",
    "package cap": f"over {PACKAGE_CAP // 1_000_000} MB of one language in one package",
    "language target": "over the target of the language; the largest packages give way",
    "exact duplicate": "same text, blank space apart",
    "near duplicate": "near duplicate by MinHash",
    "repeated in training": "held-out files that a training file repeats, exactly or nearly (the training file is gone as well)",
    "shared with HumanEval": "shares a long run of lexemes with HumanEval",
}


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.2f}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    ruler = "|".join([" --- "] + [" ---: "] * (len(head) - 1))
    return "\n".join([f"| {' | '.join(head)} |", f"|{ruler}|"] + [f"| {' | '.join(row)} |" for row in rows])


def write_card(statistics_path: Path, card_path: Path = PACKAGE_FOLDER / "DATA_CARD.md") -> None:
    """Writes the card. Raises FileNotFoundError where there are no statistics: run `python -m corpus build` first."""
    write_whole(card_path, render_card(json.loads(statistics_path.read_text("utf-8")), read_manifest()))


def render_card(statistics: dict[str, Any], packages: list[Package]) -> str:
    """The card's Markdown."""
    languages, licences = statistics["languages"], statistics["licences"]
    total = sum(cell["bytes"] for cell in languages["train"].values())
    sizes = [
        (
            split,
            _NAMES[language],
            f"{cell['packages']:,}",
            f"{cell['files']:,}",
            _megabytes(cell["bytes"]),
            f"{cell['bytes'] / BYTES_PER_TOKEN / 1e6:,.1f}",
            f"{100 * cell['bytes'] / sum(other['bytes'] for other in languages[split].values()):.1f}%",
        )
        for split in ("train", "dev", "test")
        for language in _NAMES
        if (cell := languages.get(split, {}).get(language))
    ]
    held_out_rows = [
        (_NAMES[language], split, f"{len(names)}", ", ".join(name.partition(":")[2] for name in names))
        for split, table in read_splits().items()
        for language in _NAMES
        if (names := table.get(language))
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
    largest = Counter({name: size for name, size in statistics["bytes_of_package"].items()}).most_common(25)
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

{total / 1e6:,.0f} MB of source text for training, about {total / BYTES_PER_TOKEN / 1e6:,.0f} million tokens, from {len(packages)} released packages named one by one in
[packages.json](packages.json) with version, licence and SHA-256. The text itself is not in this repository; anybody can fetch it anew
with the manifest. It is for training a small model that completes code, in Python, TypeScript, JavaScript, Java and Go, and to a smaller part
Rust, C, C++ and C#.

## Size

Tokens are estimated, at {BYTES_PER_TOKEN} bytes each; the share is that of the split's bytes.

{_table(("split", "language", "packages", "files", "MB", "million tokens", "share"), sizes)}

Splits are whole packages, fixed for the whole project: `train`, `dev` for every choice that is tuned, `test` for reports alone. Nothing of a dev or
test package is in training; of a file that a held-out and a training package share, exactly or nearly, neither copy is kept. A package counts for the
language that most of its text is in; [splits.json](splits.json) has the names.

{_table(("language", "split", "packages", "held-out packages"), held_out_rows)}

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
- TypeScript has less than its share among developers: most npm packages ship only what was compiled from it. C# comes from few packages, most of
  it from one (Mono): its own package registry was out of reach.
- Debian's archive keeps a version only for some years: when one is gone, `fetch` names it.
- English names and comments almost throughout; files with over 5% of other characters are dropped.
- Secrets and generated files are found by patterns, which miss some and take some innocent files.
- Names and addresses in licence headers and author comments are kept as published.
- A package's declared licence is trusted; of code copied into a package we see only what its headers say.

## Largest packages kept

{_table(("package", "MB"), [(name, _megabytes(size)) for name, size in largest])}

## Build it again

From `models/training`, with Python 3.11 or newer, numpy, and the clients pip, npm, mvn, go, cargo and apt-get (for Debian's sources, on Debian).
The process that compares all documents took {statistics["peak_gigabytes"]} GB of memory:

```sh
python -m corpus build --cache CACHE --humaneval FOLDER_WITH_HUMANEVAL_INFILLING
python -m unittest discover corpus --top-level-directory .
```

The same manifest and rules (`{statistics["rules"]}`) give the same bytes. `python -m corpus resolve --cache CACHE` adds what is new in candidates.txt
to the manifest, in its newest version; what the manifest has keeps its version, and no package ever changes its split.
"""
