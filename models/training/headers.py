"""Takes licence headers off source files: every file of a package repeats its own, and no developer types one."""

from __future__ import annotations

import re

# A comment at the file's start: a block, or lines that each begin with a comment sign; a line for the interpreter may come before it.
COMMENT = re.compile(r"\A(?P<first>#![^\n]*\n)?\s*(?:/\*.*?\*/[ \t]*\n?|(?:[ \t]*(?://|#(?!include|define|if|pragma|!))[^\n]*\n)+)", re.DOTALL)
LICENCE = re.compile(r"copyright|licen[cs]e|spdx", re.IGNORECASE)


def without_licence_header(text: str) -> str:
    """The text without its first comments as far as they speak of a licence; other text is returned as it is."""
    while (match := COMMENT.match(text)) and LICENCE.search(match.group()):
        text = (match.group("first") or "") + text[match.end() :].lstrip("\n")
    return text
