"""Archives to documents: opens each archive, applies the filters, caps the package, and keeps the result in the cache.

Nothing is unpacked to disk; a package's documents are one JSON-lines file named after the hashes of archive and filters.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol, TypeVar

from . import filters
from .files import CorpusError, whole_file, write_whole
from .manifest import Package

#: No package may be more than this much of a language, for diversity (bytes of text).
PACKAGE_CAP = 16_000_000

#: An npm archive with at least this share of TypeScript in its code is a TypeScript package: its .js is compiled from it.
TYPESCRIPT_SHARE = 0.3


class UnreadableArchiveError(CorpusError):
    """An archive with the right hash that cannot be read."""


@dataclass(frozen=True)
class Document:
    """One source file of the corpus."""

    repository: str
    path: str
    language: str
    text: str

    @property
    def size(self) -> int:
        """Bytes of the text in UTF-8."""
        return len(self.text) if self.text.isascii() else len(self.text.encode("utf-8"))


class Sized(Protocol):
    """What cap() needs of a document: its text may be elsewhere."""

    @property
    def repository(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def size(self) -> int: ...


AnySized = TypeVar("AnySized", bound=Sized)


def members(archive: Path) -> Iterator[tuple[str, int, bytes | None]]:
    """Path inside the package, size in bytes and content of each file in a zip or compressed tar archive.

    The content is None where the extension says that it is not a source file, or where the file is over the size limit.
    """
    if archive.suffix in (".tgz", ".crate", ".tar"):
        with tarfile.open(archive, "r:*") as package:
            for member in package:
                if member.isfile():
                    path = member.name.removeprefix("./").split("/", 1)[-1]
                    stream = package.extractfile(member) if filters.language_of(path) and member.size <= filters.MAXIMUM_BYTES else None
                    yield path, member.size, stream.read() if stream else None
        return
    with zipfile.ZipFile(archive) as package:
        for information in package.infolist():
            if information.is_dir():
                continue
            path = information.filename
            if archive.name.startswith("go-"):
                # A module's zip prefixes each path with module@version; the module itself may contain slashes.
                path = path[path.index("@") + 1 :].split("/", 1)[-1]
            wanted = filters.language_of(path) and information.file_size <= filters.MAXIMUM_BYTES
            yield path, information.file_size, package.read(information) if wanted else None


def extract(package: Package, archive: Path) -> tuple[list[Document], Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Documents of a package sorted by path, and what was removed: files and bytes by (language, reason).

    Raises UnreadableArchiveError where the archive is no archive.
    """
    files: Counter[tuple[str, str]] = Counter()
    removed_bytes: Counter[tuple[str, str]] = Counter()
    documents: list[Document] = []

    def remove(language: str, reason: str, size: int) -> None:
        files[language, reason] += 1
        removed_bytes[language, reason] += size

    try:
        for path, size, raw in members(archive):
            language = filters.language_of(path)
            if language is None or language not in package.languages:
                continue
            reason = filters.reject_path(path, language)
            if reason is None and any(fnmatchcase(path, pattern) for pattern in package.excluded):
                reason = "licence of part"
            if reason is None and raw is None:
                reason = "too large"
            text = filters.normalise(raw) if reason is None and raw is not None else None
            if text is not None:
                language = filters.language_of_text(path, language, text)
            if reason is None:
                reason = "not UTF-8" if text is None else filters.reject_text(text, language)
            if reason is not None or text is None:
                remove(language, reason or "not UTF-8", size)
            else:
                documents.append(Document(package.repository, path, language, text))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as failure:
        raise UnreadableArchiveError(
            f"{archive} has the hash of the manifest but cannot be read ({failure}); take {package.repository} out of candidates.txt and "
            "run `python -m corpus resolve`"
        ) from failure

    by_language = _bytes_by_language(documents)
    if by_language["typescript"] >= TYPESCRIPT_SHARE * (by_language["typescript"] + by_language["javascript"]) > 0:
        for document in documents:
            if document.language == "javascript":
                remove("javascript", "JavaScript beside TypeScript", document.size)
        documents = [document for document in documents if document.language != "javascript"]

    kept: list[Document] = []
    for language in package.languages:
        of_language = [document for document in documents if document.language == language]
        chosen = cap(of_language, PACKAGE_CAP)
        kept += chosen
        chosen_paths = {document.path for document in chosen}
        for document in of_language:
            if document.path not in chosen_paths:
                remove(language, "package cap", document.size)
    return sorted(kept, key=lambda document: document.path), files, removed_bytes


def cap(documents: Sequence[AnySized], maximum: int) -> list[AnySized]:
    """As many documents as fit into `maximum` bytes, whole folders together: neighbours are each other's context.

    Folders come in the order of a hash of their path: random, and the same each time. Keeps the order of the documents.
    """
    if sum(document.size for document in documents) <= maximum:
        return list(documents)

    def order(document: AnySized) -> tuple[bytes, str]:
        folder = document.path.rpartition("/")[0]
        return hashlib.sha256(f"{document.repository}/{folder}".encode()).digest(), document.path

    chosen: set[str] = set()
    total = 0
    for document in sorted(documents, key=order):
        if total + document.size > maximum:
            break
        chosen.add(document.path)
        total += document.size
    return [document for document in documents if document.path in chosen]


def _bytes_by_language(documents: list[Document]) -> Counter[str]:
    sizes = Counter[str]()
    for document in documents:
        sizes[document.language] += document.size
    return sizes


def rules_hash() -> str:
    """Changes whenever the filters or this file change, so that results in the cache are never stale."""
    folder = Path(__file__).parent
    return hashlib.sha256((folder / "filters.py").read_bytes() + (folder / "extract.py").read_bytes()).hexdigest()[:12]


@dataclass(frozen=True)
class Extracted:
    """Where a package's documents are, their bytes by language, and what was removed: rows of [language, reason, files, bytes]."""

    documents: Path
    kept: dict[str, int]
    removed: list[tuple[str, str, int, int]]

    @property
    def main_language(self) -> str:
        """The language that most of the text is in; "none" where nothing was kept."""
        return max(sorted(self.kept), key=lambda language: self.kept[language], default="none")


def cached_stem(package: Package) -> str:
    """What the results of a package are called in the cache: all that they depend on, the rules apart."""
    content = f"{package.sha256} {package.languages} {package.excluded}"
    return f"{package.archive_name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


def extract_cached(package: Package, archives: Path, cache: Path) -> Extracted:
    """extract(), unless the cache has its result for the same archive and the same rules."""
    folder = cache / "documents" / rules_hash()
    folder.mkdir(parents=True, exist_ok=True)
    stem = cached_stem(package)
    documents_path, summary_path = folder / f"{stem}.jsonl", folder / f"{stem}.summary.json"
    if not summary_path.exists():
        documents, files, removed_bytes = extract(package, archives / package.archive_name)
        write_documents(documents, documents_path)
        summary = {
            "kept": dict(_bytes_by_language(documents)),
            "removed": [[language, reason, count, removed_bytes[language, reason]] for (language, reason), count in sorted(files.items())],
        }
        # Written last: its presence says that the documents are complete.
        write_whole(summary_path, json.dumps(summary))
    summary = json.loads(summary_path.read_text("utf-8"))
    return Extracted(documents_path, summary["kept"], [tuple(row) for row in summary["removed"]])


def write_documents(documents: list[Document], path: Path) -> None:
    """Writes JSON lines, in one move so that a reader never sees half a file."""
    with whole_file(path) as stream:
        for document in documents:
            stream.write((json.dumps(document.__dict__, ensure_ascii=False) + "\n").encode("utf-8"))


def read_documents(path: Path) -> list[Document]:
    """Reads JSON lines of documents."""
    # Not splitlines(): form feeds and Unicode line separators occur inside texts.
    return [Document(**json.loads(line)) for line in path.read_text("utf-8").split("\n") if line]
