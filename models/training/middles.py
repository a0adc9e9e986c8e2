"""Chooses the middle of a text as a developer leaves it: complete syntax nodes, lines, carets after a trigger, random spans."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from importlib import import_module

import tree_sitter

# Longest middle in characters (Mellum's bound) and the shortest one that is worth a suggestion.
LONGEST_MIDDLE = 600
SHORTEST_NODE = 4
TRIGGERS = ".(=,:[{"

# Language of the corpus → (grammar package, function that gives the grammar).
GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_tsx"),
    "java": ("tree_sitter_java", "language"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
}

Span = tuple[int, int]


@cache
def parser_for(language: str) -> tree_sitter.Parser:
    module, function = GRAMMARS[language]
    return tree_sitter.Parser(tree_sitter.Language(getattr(import_module(module), function)()))


def syntax_node(text: str, language: str, generator: random.Random) -> Span | None:
    """A complete named node around a random place: an ancestor of the token there, each fitting size equally likely."""
    if not text.isascii():  # The parser counts bytes; on ASCII they are characters.
        return None
    tree = parser_for(language).parse(text.encode())
    place = generator.randrange(len(text))
    node = tree.root_node.named_descendant_for_byte_range(place, place + 1)
    spans: list[Span] = []
    while node is not None and node.parent is not None and node.end_byte - node.start_byte <= LONGEST_MIDDLE:
        span = (node.start_byte, node.end_byte)
        if span[1] - span[0] >= SHORTEST_NODE and not node.has_error and span not in spans:
            spans.append(span)
        node = node.parent
    return generator.choice(spans) if spans else None


def _line_starts(text: str) -> list[int]:
    starts = [0]
    while (at := text.find("\n", starts[-1])) >= 0:
        starts.append(at + 1)
    return starts


def lines(text: str, language: str, generator: random.Random) -> Span | None:
    """One line, mostly, or up to eight; from the line's start or its first character; its line break in it or not."""
    starts = _line_starts(text)
    first = generator.randrange(len(starts))
    count = 1 if generator.random() < 0.6 else generator.randint(2, 8)
    start = starts[first]
    last = min(first + count, len(starts)) - 1
    end = starts[last + 1] - 1 if last + 1 < len(starts) else len(text)
    if text[start:end].strip() == "":
        return None
    if generator.random() < 0.6:
        while text[start] in " \t":
            start += 1
    elif end < len(text) and generator.random() < 0.5:
        end += 1
    return start, end


def rest_of_line(text: str, language: str, generator: random.Random) -> Span | None:
    """From a random place in a line, inside a word as well, to the line's end."""
    start = generator.randrange(len(text))
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return (start, end) if text[start:end].strip() else None


def after_trigger(text: str, language: str, generator: random.Random) -> Span | None:
    """From behind a sign that people stop after to the end of the line."""
    place = generator.randrange(len(text))
    found = [at for at in (text.find(sign, place, place + 400) for sign in TRIGGERS) if at >= 0]
    if generator.random() < 0.15 and (at := text.find("return ", place, place + 800)) >= 0:
        found = [at + len("return")]
    if not found:
        return None
    start = min(found) + 1
    if start < len(text) and text[start] == " ":
        start += 1
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return (start, end) if text[start:end].strip() else None


def characters(text: str, language: str, generator: random.Random) -> Span | None:
    """A span from any character to any other (Bavarian et al., arXiv 2207.14255), short ones more often."""
    start = generator.randrange(len(text))
    length = int(LONGEST_MIDDLE ** generator.random()) + 1
    return start, min(len(text), start + length)


# Kind of middle → its share. Nodes and lines are what people accept; random spans teach carets inside a word.
KINDS: dict[Callable[[str, str, random.Random], Span | None], float] = {
    syntax_node: 0.30,
    lines: 0.28,
    rest_of_line: 0.15,
    after_trigger: 0.12,
    characters: 0.15,
}


def choose_middle(text: str, language: str, generator: random.Random) -> Span:
    """A span [start, end) of the text, at most LONGEST_MIDDLE characters; random characters where a kind has none."""
    kind = generator.choices(list(KINDS), weights=list(KINDS.values()))[0]
    span = kind(text, language, generator)
    if span is None or span[1] <= span[0]:
        span = characters(text, language, generator)
    return span[0], min(span[1], span[0] + LONGEST_MIDDLE)
