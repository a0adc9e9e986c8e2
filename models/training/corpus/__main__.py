"""Command line: `python -m corpus resolve|fetch|build|card --cache DIR` from models/training."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .build import SPLITS, BuildConfig, build
from .card import write_card
from .fetch import fetch
from .files import CorpusError
from .manifest import read_manifest
from .resolve import resolve


def main() -> None:
    """Parses the arguments and runs one step. What a person can put right ends in one line on stderr and status 1."""
    arguments = parse()
    try:
        run(arguments)
    except (CorpusError, FileNotFoundError) as failure:
        sys.exit(f"corpus: {failure}")


def parse() -> argparse.Namespace:
    """The arguments of the command line."""
    parser = argparse.ArgumentParser(prog="corpus", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    for name, help_text in (
        ("resolve", "candidates.txt to packages.json and splits.json (only to change the manifest)"),
        ("fetch", "download the manifest's archives and check their hashes"),
        ("build", "all steps from the manifest to the corpus"),
        ("card", "write DATA_CARD.md from the output's statistics.json"),
    ):
        step = steps.add_parser(name, help=help_text)
        step.add_argument("--cache", type=Path, required=True, help="folder for archives and intermediate results")
        if name in ("build", "card"):
            step.add_argument("--output", type=Path, help="folder for the result (default: the cache)")
        if name in ("build", "resolve"):
            step.add_argument("--processes", type=int, default=2)
        if name == "build":
            step.add_argument("--humaneval", type=Path, help="folder with HumanEval-*Infilling.jsonl.gz, to keep them out of training")
            step.add_argument("--splits", nargs="+", choices=SPLITS, default=SPLITS, help="build these alone, without a data card")
        if name == "resolve":
            step.add_argument("--upgrade", action="store_true", help="newest versions of packages that the manifest has already, too")
    return parser.parse_args()


def run(arguments: argparse.Namespace) -> None:
    """Runs the step."""
    cache: Path = arguments.cache
    if arguments.step == "resolve":
        resolve(cache, arguments.upgrade, arguments.processes)
    elif arguments.step == "fetch":
        print(f"verified archives are in {fetch(read_manifest(), cache)}")
    elif arguments.step == "build":
        output = arguments.output or cache
        build(BuildConfig(cache, output, arguments.humaneval, arguments.processes, tuple(arguments.splits)))
        if set(arguments.splits) == set(SPLITS):
            write_card(output / "statistics.json")
    else:
        write_card((arguments.output or cache) / "statistics.json")


if __name__ == "__main__":
    main()
