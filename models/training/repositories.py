"""Writes repositories of a split as folders, so that the context engine can be asked about them: `horizon eval prompts` and `eval run`."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from pack import LANGUAGE_SHARES, short_name


def read_sizes(documents: Path) -> dict[str, dict[str, int]]:
    """Language → repository → characters; a repository counts for the language that most of its text is in."""
    sizes: dict[str, dict[str, int]] = {}
    with documents.open() as lines:
        for line in lines:
            d = json.loads(line)
            by_language = sizes.setdefault(d["repository"], {})
            by_language[d["language"]] = by_language.get(d["language"], 0) + len(d["text"])
    languages: dict[str, dict[str, int]] = {}
    for repository, by_language in sorted(sizes.items()):
        language = max(by_language, key=lambda name: by_language[name])
        languages.setdefault(language, {})[repository] = sum(by_language.values())
    return languages


def choose(languages: dict[str, dict[str, int]], count: int, largest: int, seed: int) -> dict[str, str]:
    """Repository → language: by the languages' shares of the training text, larger repositories more often; none twice."""
    generator = random.Random(seed)
    chosen: dict[str, str] = {}
    for language, share in LANGUAGE_SHARES.items():
        sizes = {name: size for name, size in languages.get(language, {}).items() if size <= largest}
        # Weighted without replacement (Efraimidis and Spirakis 2006): the largest keys are taken.
        keys = {name: generator.random() ** (1 / size**0.5) for name, size in sizes.items()}
        for name in sorted(keys, key=lambda name: keys[name], reverse=True)[: round(count * share)]:
            chosen[name] = language
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True, help="a split of the corpus, .jsonl")
    parser.add_argument("--out", type=Path, required=True, help="folder of LANGUAGE/NAME/PATH")
    parser.add_argument("--count", type=int, default=300, help="repositories, over all languages")
    parser.add_argument("--largest", type=int, default=10_000_000, help="leave out repositories with more characters")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chosen = choose(read_sizes(arguments.documents), arguments.count, arguments.largest, arguments.seed)
    with arguments.documents.open() as lines:
        for line in lines:
            d = json.loads(line)
            if (language := chosen.get(d["repository"])) is None:
                continue
            folder = (arguments.out / language / short_name(d["repository"])).resolve()
            file = (folder / d["path"]).resolve()
            # A path in an archive may be anything.
            if file.is_relative_to(folder):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(d["text"])


if __name__ == "__main__":
    main()
