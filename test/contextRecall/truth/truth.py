"""Lists the uses of names that jedi resolves to another file of the same folder: `python truth.py DIR [RANGES]`.

One JSON object a line; offsets in UTF-16 units. Needs jedi, which takes a while for each name: RANGES is a file with one
JSON object {file, start, end} a line, outside of which nothing is asked.
"""

from __future__ import annotations

import ast
import io
import json
import sys
import tokenize
from bisect import bisect_right
from pathlib import Path
from typing import Iterator

import jedi

#: What jedi calls definitions; a parameter is none, and a module has no place.
KINDS = {"function": "function", "class": "class", "statement": "variable", "property": "method"}


class Text:
    """A file's text, and how to count in UTF-16 units."""

    def __init__(self, path: Path) -> None:
        # As an editor has it: line ends stay as they are.
        self.text = path.read_bytes().decode("utf-8")
        self.starts = [0]
        for line in self.text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.is_plain = self.text.isascii()

    def place(self, line: int, column: int) -> int:
        """The offset in characters of a line (from 1) and a column (from 0)."""
        return self.starts[line - 1] + column

    def units(self, offset: int) -> int:
        """UTF-16 units before a character."""
        return offset if self.is_plain else len(self.text[:offset].encode("utf-16-le")) // 2

    def head_end(self, offset: int, kind: str) -> int:
        """Where the head of what is named at the offset ends: at the colon before the body, or at the end of the line."""
        line = bisect_right(self.starts, offset)
        end_of_line = offset + len(self.text[offset : self.starts[line]].rstrip()) if line < len(self.starts) else len(self.text)
        if kind == "variable":
            return end_of_line
        depth = 0
        rest = self.text[offset:]
        starts = [0]
        for one in rest.splitlines(keepends=True):
            starts.append(starts[-1] + len(one))
        try:
            for token in tokenize.generate_tokens(io.StringIO(rest).readline):
                if token.type == tokenize.OP:
                    depth += (token.string in "([{") - (token.string in ")]}")
                    if token.string == ":" and depth == 0:
                        return offset + starts[token.start[0] - 1] + token.start[1]
        except (tokenize.TokenError, SyntaxError):
            pass
        return end_of_line


def defined_names(tree: ast.AST) -> Iterator[str]:
    """Names that the file could define for others: the others need not be asked about."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def used_names(tree: ast.AST, defined: set[str]) -> Iterator[tuple[int, int]]:
    """Line and column, in characters, of the names and attributes that are read; imports are none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.lineno, node.col_offset
        elif isinstance(node, ast.Attribute) and node.attr in defined and node.end_lineno is not None and node.end_col_offset is not None:
            yield node.end_lineno, node.end_col_offset - len(node.attr.encode())


def list_uses(base: Path, ranges: dict[str, list[tuple[int, int]]] | None) -> Iterator[dict[str, str | int]]:
    texts: dict[Path, Text] = {}
    trees: dict[Path, ast.AST] = {}
    for path in sorted(base.rglob("*.py")):
        try:
            texts[path] = Text(path)
            trees[path] = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
    defined = {name for tree in trees.values() for name in defined_names(tree)}
    project = jedi.Project(base, smart_sys_path=False, added_sys_path=[str(base)])
    for path, tree in trees.items():
        name = path.relative_to(base).as_posix()
        wanted = None if ranges is None else ranges.get(name, [])
        if wanted == []:
            continue
        user = texts[path]
        lines = user.text.splitlines(keepends=True)
        script = jedi.Script(user.text, path=path, project=project)
        for line, byte_column in sorted(used_names(tree, defined)):
            column = len(lines[line - 1].encode()[:byte_column].decode(errors="ignore"))
            use = user.place(line, column)
            start = user.units(use)
            if wanted is not None and not any(low <= start < high for low, high in wanted):
                continue
            found = resolve(script, line, column, base, path)
            if found is None or found.module_path not in texts:
                continue
            definer = texts[found.module_path]
            definition = definer.place(found.line, found.column)
            written = found.name
            if not definer.text.startswith(written, definition):
                continue
            length = next((at for at, one in enumerate(user.text[use:]) if not (one.isalnum() or one == "_")), len(user.text) - use)
            yield {
                "file": name,
                "useStart": start,
                "useEnd": user.units(use + length),
                "name": written,
                "kind": KINDS[found.type],
                "definitionFile": found.module_path.relative_to(base).as_posix(),
                "definitionStart": definer.units(definition),
                "definitionEnd": definer.units(definer.head_end(definition, KINDS[found.type])),
            }


def resolve(script: jedi.Script, line: int, column: int, base: Path, path: Path) -> jedi.api.classes.Name | None:
    """The one definition in another file below the base; None where jedi knows none, or several."""
    try:
        found = script.goto(line, column, follow_imports=True, follow_builtin_imports=False)
    except Exception as error:  # noqa: BLE001 - jedi fails in many ways on code that it does not understand
        print(f"{path}:{line}:{column}: {error!r}", file=sys.stderr)
        return None
    if len(found) != 1 or found[0].type not in KINDS or found[0].line is None:
        return None
    where = found[0].module_path
    return found[0] if where is not None and where != path and where.is_relative_to(base) else None


def read_ranges(path: Path) -> dict[str, list[tuple[int, int]]]:
    ranges: dict[str, list[tuple[int, int]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        ranges.setdefault(one["file"], []).append((one["start"], one["end"]))
    return ranges


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python truth.py DIR [RANGES]")
    ranges = read_ranges(Path(sys.argv[2])) if len(sys.argv) == 3 else None
    for use in list_uses(Path(sys.argv[1]).resolve(), ranges):
        print(json.dumps(use, ensure_ascii=False))


if __name__ == "__main__":
    main()
