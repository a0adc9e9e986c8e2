"""Downloads archives through each ecosystem's ordinary client (pip, npm, mvn, go), by package name only.

Many packages go into one client run because starting the clients costs more than the downloads.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

#: Wheels are chosen for one fixed platform so that their hash is the same on every machine. This one, because its
#: wheels of numeric libraries carry no CUDA libraries and are several times smaller; only the .py files are used.
WHEEL_PLATFORM = ("macosx_14_0_arm64", "3.11")

BATCH_SIZE = 12
MAVEN_DEPENDENCY_PLUGIN = "3.8.1"


@dataclass(frozen=True)
class Request:
    """A name and, where it is known already, the version wanted."""

    name: str
    version: str | None


@dataclass(frozen=True)
class Download:
    """An archive on disk and the version it is of; `metadata` is a Maven pom beside it, where there is one."""

    version: str
    archive: Path
    metadata: Path | None = None


def download(ecosystem: str, requests: list[Request], folder: Path) -> dict[str, Download]:
    """Downloads into `folder`; returns what was found, by name. A name the client cannot serve is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    if ecosystem == "maven":
        return _download_maven(requests, folder)
    if ecosystem == "go":
        return _download_go(requests, folder)
    single_run = _download_wheels if ecosystem == "pypi" else _download_npm
    found: dict[str, Download] = {}
    for start in range(0, len(requests), BATCH_SIZE):
        batch = requests[start : start + BATCH_SIZE]
        found |= _bisect(single_run, batch, folder)
    return found


def _bisect(single_run, batch: list[Request], folder: Path) -> dict[str, Download]:
    """pip and npm refuse a whole batch for one bad name: halve it until the bad name stands alone."""
    try:
        return single_run(batch, folder)
    except subprocess.CalledProcessError as failure:
        if len(batch) == 1:
            last_line = (failure.stderr or "").strip().splitlines()[-1:]
            print(f"  no archive for {batch[0].name}: {' '.join(last_line)}", file=sys.stderr)
            return {}
    middle = len(batch) // 2
    return _bisect(single_run, batch[:middle], folder) | _bisect(single_run, batch[middle:], folder)


def _run(command: list[str], folder: Path, environment: dict[str, str] | None = None, check: bool = True) -> str:
    result = subprocess.run(
        command, cwd=folder, env={**os.environ, **(environment or {})}, text=True, capture_output=True, check=check
    )
    return result.stdout


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _download_wheels(batch: list[Request], folder: Path) -> dict[str, Download]:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        specifiers = [f"{request.name}=={request.version}" if request.version else request.name for request in batch]
        platform, python_version = WHEEL_PLATFORM
        _run(
            [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
            + ["--no-cache-dir", "--only-binary=:all:", "--platform", platform, "--python-version", python_version]
            + ["--dest", scratch, *specifiers],
            folder,
        )
        found = {}
        wheels = {_normalise(path.name.split("-")[0]): path for path in Path(scratch).glob("*.whl")}
        for request in batch:
            wheel = wheels.get(_normalise(request.name))
            if wheel is not None:
                kept = folder / wheel.name
                shutil.move(wheel, kept)
                found[request.name] = Download(wheel.name.split("-")[1], kept)
        return found


def _download_npm(batch: list[Request], folder: Path) -> dict[str, Download]:
    specifiers = [f"{request.name}@{request.version or 'latest'}" for request in batch]
    output = _run(["npm", "pack", "--json", "--loglevel=error", "--pack-destination", str(folder), *specifiers], folder)
    found = {}
    for entry in json.loads(output):
        archive = folder / entry["filename"]
        if not archive.exists():  # Older clients print a scoped package's name with its slash.
            archive = folder / entry["filename"].replace("@", "").replace("/", "-")
        found[entry["name"]] = Download(entry["version"], archive)
    return found


def _download_go(batch: list[Request], folder: Path) -> dict[str, Download]:
    specifiers = [f"{request.name}@{request.version or 'latest'}" for request in batch]
    # A module cache of its own, thrown away afterwards: the client also unpacks each module, which would double the space.
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        environment = {"GOMODCACHE": scratch, "GOFLAGS": "-mod=mod -modcacherw"}
        output = _run(["go", "mod", "download", "-json", *specifiers], folder, environment, check=False)
        found = {}
        decoder = json.JSONDecoder()
        position = 0
        while position < len(output.rstrip()):
            entry, position = decoder.raw_decode(output, position)
            position += len(output[position:]) - len(output[position:].lstrip())
            if entry.get("Error"):
                print(f"  no archive for {entry['Path']}: {entry['Error'].splitlines()[0]}", file=sys.stderr)
                continue
            kept = folder / f"{entry['Path'].replace('/', '+')}-{entry['Version'].replace('/', '+')}.zip"
            shutil.move(entry["Zip"], kept)
            found[entry["Path"]] = Download(entry["Version"], kept)
        return found


_MAVEN_MODULE = """<project><modelVersion>4.0.0</modelVersion><groupId>corpus</groupId><artifactId>{module}</artifactId>
<version>1</version><packaging>pom</packaging><build><plugins><plugin><groupId>org.apache.maven.plugins</groupId>
<artifactId>maven-dependency-plugin</artifactId><version>{plugin}</version><executions><execution><phase>validate</phase>
<goals><goal>copy</goal></goals><configuration><outputDirectory>{output}</outputDirectory><artifactItems><artifactItem>
{item}</artifactItem></artifactItems></configuration></execution></executions></plugin></plugins></build></project>
"""
_MAVEN_ROOT = """<project><modelVersion>4.0.0</modelVersion><groupId>corpus</groupId><artifactId>all</artifactId>
<version>1</version><packaging>pom</packaging><modules>{modules}</modules></project>
"""


def _download_maven(batch: list[Request], folder: Path) -> dict[str, Download]:
    """One build with a module per artifact: Maven then fails module by module and starts once for all."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch_name:
        scratch = Path(scratch_name)
        modules = []
        for index, request in enumerate(batch):
            if request.version is None:
                raise ValueError(f"{request.name}: write group:artifact:version, Maven needs a version")
            group, artifact = request.name.split(":")
            coordinates = (
                f"<groupId>{escape(group)}</groupId><artifactId>{escape(artifact)}</artifactId>"
                f"<version>{escape(request.version)}</version>"
            )
            for kind, extra in (("sources", "<classifier>sources</classifier>"), ("pom", "<type>pom</type>")):
                module = f"{kind}-{index}"
                (scratch / module).mkdir()
                text = _MAVEN_MODULE.format(
                    module=module, plugin=MAVEN_DEPENDENCY_PLUGIN, output=scratch / "out" / str(index), item=coordinates + extra
                )
                (scratch / module / "pom.xml").write_text(text, "utf-8")
                modules.append(f"<module>{module}</module>")
        (scratch / "pom.xml").write_text(_MAVEN_ROOT.format(modules="".join(modules)), "utf-8")
        _run(["mvn", "--quiet", "--batch-mode", "--fail-at-end", "-T", "4", "validate"], scratch, check=False)
        found = {}
        for index, request in enumerate(batch):
            output = scratch / "out" / str(index)
            archives = sorted(output.glob("*-sources.jar")) if output.exists() else []
            poms = sorted(output.glob("*.pom")) if output.exists() else []
            if not archives:
                print(f"  no sources for {request.name}:{request.version}", file=sys.stderr)
                continue
            kept = folder / f"{request.name.replace(':', '+')}-{request.version}.jar"
            shutil.move(archives[0], kept)
            metadata = None
            if poms:
                metadata = kept.with_suffix(".pom")
                shutil.move(poms[0], metadata)
            found[request.name] = Download(str(request.version), kept, metadata)
        return found
