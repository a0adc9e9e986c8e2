"""Source jars with their poms, by Maven."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from .common import Download, Request, flat, no_archive, run

MAVEN_DEPENDENCY_PLUGIN = "3.8.1"

_MAVEN_MODULE = """<project><modelVersion>4.0.0</modelVersion><groupId>corpus</groupId><artifactId>{module}</artifactId>
<version>1</version><packaging>pom</packaging><build><plugins><plugin><groupId>org.apache.maven.plugins</groupId>
<artifactId>maven-dependency-plugin</artifactId><version>{plugin}</version><executions><execution><phase>validate</phase>
<goals><goal>copy</goal></goals><configuration><outputDirectory>{output}</outputDirectory><artifactItems><artifactItem>
{item}</artifactItem></artifactItems></configuration></execution></executions></plugin></plugins></build></project>
"""
_MAVEN_ROOT = """<project><modelVersion>4.0.0</modelVersion><groupId>corpus</groupId><artifactId>all</artifactId>
<version>1</version><packaging>pom</packaging><modules>{modules}</modules></project>
"""


def download(requests: list[Request], folder: Path) -> dict[str, Download]:
    """See clients.download. One build with a module per artifact: Maven then fails module by module and starts once for all."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch_name:
        scratch = Path(scratch_name)
        modules = []
        for index, request in enumerate(requests):
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
        run(["mvn", "--quiet", "--batch-mode", "--fail-at-end", "-T", "4", "validate"], scratch, check=False)
        found = {}
        for index, request in enumerate(requests):
            output = scratch / "out" / str(index)
            archives = sorted(output.glob("*-sources.jar")) if output.exists() else []
            poms = sorted(output.glob("*.pom")) if output.exists() else []
            if not archives:
                no_archive(request.name, f"no sources of version {request.version}")
                continue
            kept = folder / f"{flat(request.name)}-{request.version}.jar"
            shutil.move(archives[0], kept)
            metadata = None
            if poms:
                metadata = kept.with_suffix(".pom")
                shutil.move(poms[0], metadata)
            found[request.name] = Download(str(request.version), kept, metadata)
        return found
