"""Two baselines that know no language: the most frequent line that fits the indentation, and an n-gram model of the file."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

LEXEME = re.compile(r"\n|\w+|[^\w\s]|[ \t]+")
CODE = re.compile(r"[A-Za-z_]\w")
LINE_LIMIT = 60


def indentation_after(prefix: str) -> int:
    """Indentation that the next line most likely has: the last line's, one level deeper behind a colon."""
    lines = [line for line in prefix.split("\n") if line.strip()]
    if not lines:
        return 0
    last = lines[-1]
    return len(last) - len(last.lstrip()) + (4 if last.rstrip().endswith(":") else 0)


class FrequentLines:
    """Knows how often each line of code stands at each indentation in a corpus; lone signs, quotes and comments are none."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts: dict[int, Counter[str]] = defaultdict(Counter)
        for text in texts:
            for line in text.split("\n"):
                stripped = line.strip()
                if CODE.match(stripped):
                    counts[len(line) - len(line.lstrip())][stripped] += 1
        self.best = {indentation: counter.most_common(1)[0][0] for indentation, counter in counts.items()}

    def complete(self, prefix: str) -> str:
        return self.best.get(indentation_after(prefix), "")


def complete_from_file(prefix: str, suffix: str, order: int = 5) -> str:
    """The likeliest line by an n-gram model with back-off over the lexemes of prefix and suffix."""
    counts: list[dict[tuple[str, ...], Counter[str]]] = [defaultdict(Counter) for _ in range(order)]
    for text in (prefix, suffix):
        lexemes = LEXEME.findall(text)
        for index, lexeme in enumerate(lexemes):
            for length in range(min(order - 1, index) + 1):
                counts[length][tuple(lexemes[index - length : index])][lexeme] += 1
    context = LEXEME.findall(prefix)
    line: list[str] = []
    while len(line) < LINE_LIMIT:
        for length in range(order - 1, -1, -1):
            seen = counts[length].get(tuple(context[len(context) - length :]))
            if seen:
                lexeme = seen.most_common(1)[0][0]
                break
        else:
            break
        if lexeme == "\n" and "".join(line).strip():
            break
        line.append(lexeme)
        context.append(lexeme)
    return "".join(line)
