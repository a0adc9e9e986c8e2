"""Command line: `python -m corpus resolve|fetch|build|card --cache DIR` from models/training."""

from __future__ import annotations

import argparse
from pathlib import Path

from .build import BuildConfig, build
from .card import write_card
from .fetch import fetch
from .manifest import read_manifest
from .resolve import resolve


def main() -> None:
    """Parses the arguments and runs one step."""
    parser = argparse.ArgumentParser(prog="corpus", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    for name, help_text in (
        ("resolve", "candidates.txt to packages.json (only to change the manifest)"),
        ("fetch", "download the manifest's archives and check their hashes"),
        ("build", "all steps from the manifest to the corpus"),
        ("card", "write DATA_CARD.md from the output's statistics.json"),
    ):
        step = steps.add_parser(name, help=help_text)
        step.add_argument("--cache", type=Path, required=True, help="folder for archives and intermediate results")
        if name in ("build", "card"):
            step.add_argument("--output", type=Path, help="folder for the result (default: the cache)")
        if name == "build":
            step.add_argument("--humaneval", type=Path, help="folder with HumanEval-*Infilling.jsonl.gz, to keep them out of training")
            step.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    cache: Path = arguments.cache
    if arguments.step == "resolve":
        resolve(cache)
    elif arguments.step == "fetch":
        print(f"verified archives are in {fetch(read_manifest(), cache)}")
    elif arguments.step == "build":
        output = arguments.output or cache
        build(BuildConfig(cache, output, arguments.humaneval, arguments.processes))
        write_card(output / "statistics.json")
    else:
        write_card((arguments.output or cache) / "statistics.json")


if __name__ == "__main__":
    main()
