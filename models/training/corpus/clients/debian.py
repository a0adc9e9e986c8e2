"""Upstream tarballs of Debian source packages, by apt-get source, with debian/copyright beside each for the licence."""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from .common import ClientFailure, Download, Request, flat, no_archive, run

#: Where apt keeps what it was told to install from; the sources of the same suites are what we read.
APT_FOLDER = Path("/etc/apt")


def download(requests: list[Request], folder: Path) -> dict[str, Download]:
    """See clients.download. apt works on lists of its own in `folder`: the machine's are left as they are, and root is not needed."""
    found = {}
    options = _prepare_apt(folder)
    for request in requests:
        with tempfile.TemporaryDirectory(dir=folder) as scratch_name:
            scratch = Path(scratch_name)
            try:
                specifier = f"{request.name}={request.version}" if request.version else request.name
                run(["apt-get", *options, "source", "--download-only", "--only-source", specifier], scratch)
                version, upstream, copyright_text = _read_source_package(scratch)
            except (ClientFailure, tarfile.TarError) as failure:
                no_archive(request.name, failure)
                continue
            kept = folder / f"{flat(request.name)}-{flat(version)}.tar"
            shutil.move(upstream, kept)
            metadata = kept.with_suffix(".copyright")
            metadata.write_text(copyright_text, "utf-8")
            found[request.name] = Download(version, kept, metadata)
    return found


def _prepare_apt(folder: Path) -> list[str]:
    """apt's options for lists and caches under `folder`, after reading the lists of sources once."""
    apt = folder / "apt"
    sources = apt / "corpus.sources"
    options = [
        *("-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null", "-o", f"Dir::State::lists={apt / 'lists'}"),
        *("-o", f"Dir::Cache={apt / 'cache'}", "-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=true", "-qq"),
    ]
    if not sources.exists():
        (apt / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (apt / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        sources.write_text(source_stanzas(_machine_sources()), "utf-8")
        try:
            run(["apt-get", *options, "update"], folder)
        except ClientFailure:
            sources.unlink()
            raise
    return options


def _machine_sources() -> str:
    """Debian's own entries among what this machine installs from, in the format of .sources files."""
    stanzas = []
    for path in sorted((APT_FOLDER / "sources.list.d").glob("*.sources")):
        stanzas += [stanza for stanza in re.split(r"\n\s*\n", path.read_text("utf-8")) if "debian-archive-keyring" in stanza]
    lists = [APT_FOLDER / "sources.list", *sorted((APT_FOLDER / "sources.list.d").glob("*.list"))]
    for path in (path for path in lists if path.exists()):
        for match in re.finditer(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*\bmain\b.*)$", path.read_text("utf-8"), re.MULTILINE):
            uri, suite, components = match.groups()
            if re.search(r"\bdebian\b", uri):
                stanzas.append(f"Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: {components}")
    return "\n\n".join(stanzas)


def source_stanzas(binary_stanzas: str) -> str:
    """The stanzas of a .sources file for source packages instead of binary ones; without comments.

    Without the suites of updates as well: their versions are replaced too soon to be named in a manifest.
    """
    stanzas = []
    for stanza in re.split(r"\n\s*\n", binary_stanzas):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        suites = next((line.split()[1:] for line in lines if line.startswith("Suites:")), [])
        lasting = [suite for suite in suites if not suite.endswith(("-security", "-updates"))]
        if lasting:
            values = {"Types": "deb-src", "Suites": " ".join(lasting)}
            stanzas.append("\n".join(re.sub(r"^(Types|Suites):.*$", lambda match: f"{match[1]}: {values[match[1]]}", line) for line in lines))
    return "\n\n".join(stanzas) + "\n"


def _read_source_package(folder: Path) -> tuple[str, Path, str]:
    """Version, upstream tarball and debian/copyright of the source package that apt left in a folder."""
    control = next(folder.glob("*.dsc"), None)
    upstream = [path for path in folder.iterdir() if re.search(r"\.orig\.tar\.(?:gz|bz2|xz)$", path.name)]
    packaging = next((path for path in folder.iterdir() if re.search(r"\.debian\.tar\.(?:gz|bz2|xz)$", path.name)), None)
    version = re.search(r"^Version: (\S+)$", control.read_text("utf-8", "replace"), re.MULTILINE) if control else None
    if version is None or len(upstream) != 1 or packaging is None:
        raise ClientFailure("not one upstream tarball with a debian folder beside it")
    with tarfile.open(packaging, "r:*") as archive:
        try:
            stream = archive.extractfile("debian/copyright")
        except KeyError:
            stream = None
        if stream is None:
            raise ClientFailure("no debian/copyright")
        return version.group(1), upstream[0], stream.read().decode("utf-8", "replace")
