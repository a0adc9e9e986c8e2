"""Reads a package's licence from its own metadata or licence file and says whether it is one of the permissive ones.

Everything that is not clearly permissive counts as not permitted.
"""

from __future__ import annotations

import json
import re
import tarfile
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from xml.etree import ElementTree

PERMITTED = frozenset(
    {"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "PSF-2.0", "Python-2.0", "Unlicense", "0BSD", "BSL-1.0", "Zlib"}
)

#: Declared expressions that also speak of files we do not read (bundled C code, fonts, wheels' shared libraries).
#: The licence here is that of the package's own source files, from its LICENSE file.
LICENCE_OF_SOURCES = {
    "pypi:numpy": ("BSD-3-Clause", "LICENSE.txt; the rest of the declared expression is for bundled C code and libraries"),
    "pypi:scipy": ("BSD-3-Clause", "LICENSE.txt; the rest of the declared expression is for bundled C code and libraries"),
    "pypi:torch": ("BSD-3-Clause", "LICENSE; the rest of the declared expression is for bundled C++ code and libraries"),
    "pypi:matplotlib": ("PSF-2.0", "LICENSE: the matplotlib licence, based on PSF; fonts and data files are not read"),
}

_ALIASES = {
    "MIT": "mit|mit license|the mit license|the mit license (mit)|expat|mit/expat|mit-expat",
    "Apache-2.0": "apache|apache 2|apache2|apache 2.0|apache-2.0|apache license 2.0|apache license, version 2.0|apache software license|"
    "apache license version 2.0|the apache license, version 2.0|the apache software license, version 2.0|apache software license 2.0|"
    "apache software license - version 2.0|apache-2|asl 2.0|apache 2.0 license|apache license|apache v2",
    "BSD-3-Clause": "bsd-3-clause|bsd 3-clause|new bsd|new bsd license|modified bsd license|bsd 3-clause license|bsd-3-clause license|3-clause bsd license|"
    "bsd license 3|the bsd 3-clause license|bsd (3-clause)|new bsd (3-clause) license|bsd-3",
    "BSD-2-Clause": "bsd-2-clause|simplified bsd|bsd 2-clause license|bsd-2-clause license|the bsd 2-clause license|bsd-2",
    "ISC": "isc|isc license|isc license (iscl)",
    "PSF-2.0": "psf|psf-2.0|python software foundation license",
    "Python-2.0": "python-2.0",
    "Unlicense": "unlicense|the unlicense|the unlicense (unlicense)",
    "0BSD": "0bsd",
    "BSL-1.0": "bsl-1.0|bsl-1|boost-1.0|boost software license 1.0 (bsl-1.0)",
    "Zlib": "zlib|zlib/libpng",
}
_IDENTIFIER_OF_ALIAS = {alias: identifier for identifier, aliases in _ALIASES.items() for alias in aliases.split("|")}

_RESTRICTED_HEAD = re.compile(
    r"GNU (?:LESSER |AFFERO )?GENERAL PUBLIC|Mozilla Public Licen[cs]e|Eclipse Public|Business Source Licen[cs]e|"
    r"Server Side Public|Elastic Licen[cs]e|Common Development and Distribution|Commons Clause|Creative Commons",
    re.IGNORECASE,
)


def classify_text(text: str) -> str | None:
    """SPDX identifier of a licence's text (or of a file's licence header), None where it is not clearly permissive."""
    flat = re.sub(r"[\s*#/]+", " ", text)
    if _RESTRICTED_HEAD.search(flat[:3000]):
        return None
    if re.search(r"Apache License,? (?:Version 2\.0|2\.0)|Apache License Version 2\.0|SPDX-License-Identifier: Apache-2\.0", flat, re.I):
        return "Apache-2.0"
    if "Redistribution and use in source and binary forms" in flat:
        if re.search(r"advertising materials mentioning", flat):  # The BSD licence with four clauses.
            return None
        return "BSD-3-Clause" if re.search(r"[Nn]either the names? of|may not be used to endorse|be used to endorse", flat) else "BSD-2-Clause"
    if "Permission is hereby granted, free of charge" in flat or re.search(r"The MIT License|Licensed under the MIT", flat):
        return "MIT"
    if "Permission to use, copy, modify, and/or distribute this software" in flat or "Permission to use, copy, modify, and distribute this software" in flat:
        return "ISC"
    if "This is free and unencumbered software" in flat:
        return "Unlicense"
    if "Boost Software License - Version 1.0" in flat:
        return "BSL-1.0"
    return None


def normalise_expression(declared: str) -> str | None:
    """SPDX expression of a declared licence, None unless permissive.

    "A OR B" needs one permitted side (that one is taken), "A AND B" needs both.
    """
    declared = declared.strip()
    if re.fullmatch(r"\([^()]*\)", declared):
        declared = declared[1:-1].strip()
    if not declared or len(declared) > 300:
        return None
    alias = _IDENTIFIER_OF_ALIAS.get(declared.lower())
    if alias:
        return alias
    if re.search(r"\s+and\s+", declared, re.IGNORECASE):
        parts = [normalise_expression(part) for part in re.split(r"\s+and\s+", declared, flags=re.IGNORECASE)]
        return None if None in parts else " AND ".join(dict.fromkeys(part for part in parts if part))
    if re.search(r"\s+or\s+|/", declared, re.IGNORECASE):
        parts = [normalise_expression(part) for part in re.split(r"\s+or\s+|/", declared, flags=re.IGNORECASE)]
        return next((part for part in parts if part), None)
    return declared if declared in PERMITTED else None


def detect(ecosystem: str, name: str, archive: Path, metadata: Path | None = None) -> tuple[str | None, str]:
    """Licence of an archive and where it was read; (None, what was found) where it is not permitted."""
    override = LICENCE_OF_SOURCES.get(f"{ecosystem}:{name}")
    if override:
        return override
    readers = {"pypi": _of_wheel, "npm": _of_npm, "maven": _of_maven, "go": _of_module, "crates": _of_crate, "debian": _of_debian}
    return readers[ecosystem](archive, metadata)


def _of_wheel(archive: Path, _metadata: Path | None) -> tuple[str | None, str]:
    with zipfile.ZipFile(archive) as wheel:
        names = wheel.namelist()
        metadata_name = next(name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        headers = HeaderParser().parsestr(wheel.read(metadata_name).decode("utf-8", "replace"))
        expression = headers.get("License-Expression")
        if expression:
            return normalise_expression(expression), f"METADATA License-Expression: {expression}"
        text_licence = None
        for name in names:
            if re.search(r"\.dist-info/(?:licenses/)?(?:LICEN[CS]E|COPYING)[^/]*$", name, re.IGNORECASE):
                text_licence = text_licence or classify_text(wheel.read(name).decode("utf-8", "replace"))
        declared = (headers.get("License") or "").strip()
        normalised = normalise_expression(declared) or (classify_text(declared) if len(declared) > 300 else None)
        if normalised:
            return normalised, "METADATA License"
        classifiers = [value for value in headers.get_all("Classifier", []) if value.startswith("License ::")]
        identifiers = {_licence_of_classifier(value) for value in classifiers} - {"generic"}
        if None in identifiers or "GPL" in declared:
            return None, f"{declared} {classifiers}"
        if len(identifiers) == 1 and not any("BSD" in value for value in classifiers):
            return str(identifiers.pop()), "METADATA Classifier"
        # "BSD" alone does not say which clause: the licence's text does.
        if text_licence:
            return text_licence, "licence file in the wheel"
        if identifiers:
            return " AND ".join(sorted(str(identifier) for identifier in identifiers)), "METADATA Classifier"
        return ("BSD-3-Clause", "METADATA License") if re.fullmatch(r"BSD( License)?", declared) else (None, f"{declared} {classifiers}")


def _licence_of_classifier(classifier: str) -> str | None:
    leaf = classifier.rsplit("::", 1)[-1].strip()
    if leaf == "OSI Approved":
        return "generic"
    if leaf == "BSD License":
        return "BSD-3-Clause"
    return normalise_expression(leaf)


def _of_npm(archive: Path, _metadata: Path | None) -> tuple[str | None, str]:
    with tarfile.open(archive) as package:
        for member in package:
            if re.fullmatch(r"[^/]+/package\.json", member.name):
                stream = package.extractfile(member)
                assert stream is not None
                declared = json.load(stream).get("license", "")
                declared = declared.get("type", "") if isinstance(declared, dict) else declared
                return normalise_expression(str(declared)), f"package.json license: {declared}"
    return None, "no package.json"


def _of_maven(archive: Path, metadata: Path | None) -> tuple[str | None, str]:
    if metadata is not None:
        root = ElementTree.fromstring(metadata.read_bytes())
        names = [(element.text or "").strip() for element in root.findall("./{*}licenses/{*}license/{*}name")]
        if names:
            normalised = [normalise_expression(name) for name in names]
            if None in normalised:
                return None, f"pom: {names}"
            return " AND ".join(dict.fromkeys(str(part) for part in normalised)), "pom licenses"
    with zipfile.ZipFile(archive) as jar:
        names = jar.namelist()
        for name in names:
            if re.search(r"^(?:META-INF/)?LICEN[CS]E[^/]*$", name, re.IGNORECASE) and not name.endswith("/"):
                identifier = classify_text(jar.read(name).decode("utf-8", "replace")[:20_000])
                if identifier:
                    return identifier, f"{name} in the jar"
        # Many poms inherit the licence from a parent. The headers of the files themselves say it too.
        sources = sorted(name for name in names if name.endswith(".java"))[::7][:100]
        headers = [classify_text(jar.read(name)[:2500].decode("utf-8", "replace")) for name in sources]
        if headers:
            most_common = max(set(headers), key=lambda value: (headers.count(value), str(value)))
            if most_common and headers.count(most_common) >= 0.8 * len(headers):
                return most_common, "licence headers of the files"
    return None, "no licence found"


def _of_module(archive: Path, _metadata: Path | None) -> tuple[str | None, str]:
    with zipfile.ZipFile(archive) as module:
        for name in module.namelist():
            inner = name.split("@", 1)[-1].split("/", 1)[-1]
            if re.fullmatch(r"(?:LICEN[CS]E|COPYING)(?:\.\w+)?(?:-MIT)?", inner, re.IGNORECASE):
                return classify_text(module.read(name).decode("utf-8", "replace")), f"{inner} in the module"
    return None, "no licence file"


def _of_crate(archive: Path, _metadata: Path | None) -> tuple[str | None, str]:
    with tarfile.open(archive) as package:
        for member in package:
            if re.fullmatch(r"[^/]+/Cargo\.toml", member.name):
                stream = package.extractfile(member)
                assert stream is not None
                declared = str(tomllib.loads(stream.read().decode("utf-8")).get("package", {}).get("license", ""))
                return normalise_expression(declared), f"Cargo.toml license: {declared}"
    return None, "no Cargo.toml"


def _of_debian(_archive: Path, metadata: Path | None) -> tuple[str | None, str]:
    parts = copyright_parts(metadata.read_text("utf-8")) if metadata else []
    of_all = [licence for pattern, licence, _ in parts if pattern == "*"]
    if not of_all:
        return None, "debian/copyright does not name the licence of all files"
    return of_all[-1], "debian/copyright, Files: *"


def excluded_patterns(ecosystem: str, metadata: Path | None) -> tuple[str, ...]:
    """Patterns of the paths in a Debian package that are not under a permitted licence; none in other ecosystems."""
    if ecosystem != "debian" or metadata is None:
        return ()
    parts = copyright_parts(metadata.read_text("utf-8"))
    paths = {pattern.removeprefix("./") for pattern, licence, _ in parts if licence is None and pattern != "*"}
    return tuple(sorted(path for path in paths if not path.startswith("debian/")))


def copyright_parts(text: str) -> list[tuple[str, str | None, str]]:
    """Each pattern of a machine-readable debian/copyright with its licence (None unless permitted) and the licence's name there.

    A short name that is not SPDX's counts by the licence's text, which stands in the same stanza or in one of its own.
    """
    stanzas: list[dict[str, str]] = []
    for block in re.split(r"\n[ \t]*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t"):
                fields[key] = f"{fields.get(key, '')}\n{line.strip()}"
            elif ":" in line:
                key, _, value = line.partition(":")
                key = key.strip().lower()
                fields[key] = value.strip()
        stanzas.append(fields)
    texts: dict[str, str] = {}
    for fields in stanzas:
        name, _, body = fields.get("license", "").partition("\n")
        if body.strip():
            texts.setdefault(name.strip().lower(), body)
    parts = []
    for fields in stanzas:
        if "files" in fields:
            name = fields.get("license", "").partition("\n")[0].strip()
            licence = normalise_expression(name) or (classify_text(texts.get(name.lower(), "")) if not re.search(r"[al]?gpl", name, re.I) else None)
            parts += [(pattern, licence, name) for pattern in fields["files"].replace(",", " ").split()]
    return parts
