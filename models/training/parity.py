"""Writes what Python's tokenizer and layout make of tricky texts and of real code; the TypeScript tests must get the same ids."""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

from tokenizers import Tokenizer

from layout import Layout

TRICKY = [
    "", " ", "\n", "\r\n", "\t", "a", "\n\n\n    x", "\n \n\t\ty", "  \n", "x = 1  ", "if x:\r\n\treturn y\r\n",
    "naïve café", "日本語 = '変数'", "emoji 👩‍👩‍👧 end", "a\u0301", "\u00a0\u2003x", "1234567.89e-10", "0xDEADBEEF", "__init__", "camelCaseName snake_case_name",
    "!!!===>>>", "'don''t'", "<fim_middle>", "<|endoftext|>x<eom>", "<fim_<fim_prefix>suffix>", "\x00\x01\x7f", "\ufeffbom", "ﬁ", "İ", "ſ", "\u2028\u2029",
]  # fmt: skip
ALPHABET = "ab_X9 .,(){}[]=:\"'\n\t\r#/<>|é日👍\u0301"


def fuzz(count: int, seed: int) -> list[str]:
    generator = random.Random(seed)
    return ["".join(generator.choices(ALPHABET, k=generator.randint(1, 60))) for _ in range(count)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    layout = Layout(Tokenizer.from_file(str(arguments.tokenizer)))
    sources = [path.read_text() for path in (Path(__file__), Path(__file__).with_name("layout.py"))]
    texts = [*TRICKY, *fuzz(400, 1), *sources]
    prompts = []
    for source in sources:
        middle = len(source) // 2
        # Short enough for the server's budget: what it cuts, and where, has tests of its own.
        prefix, suffix = source[middle - 1200 : middle], source[middle + 20 : middle + 420]
        parts = {"repository": "horizon", "path": "models/training/x.py", "prefix": prefix, "suffix": suffix}
        snippet = {"path": "a/b.py", "text": "def f():\n    pass\n"}
        ids = [
            *layout.repository(parts["repository"]),
            *layout.snippet(**snippet),
            *layout.suffix(parts["suffix"]),
            *layout.marked(layout.prefix(parts["path"], parts["prefix"])),
        ]
        prompts.append({**parts, "snippets": [snippet], "ids": ids})
    content = {"texts": [{"text": text, "ids": layout.text(text)} for text in texts], "prompts": prompts}
    arguments.out.write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
