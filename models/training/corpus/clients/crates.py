"""Crates, by cargo."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from .common import ClientFailure, Download, Request, no_archive, run


def download(requests: list[Request], folder: Path) -> dict[str, Download]:
    """See clients.download. `cargo info` fetches the crate that it tells about, and unlike `cargo fetch` none of its dependencies."""
    found = {}
    # A cargo home of its own, thrown away afterwards: the client also unpacks each crate.
    with tempfile.TemporaryDirectory(dir=folder) as home:
        for request in requests:
            try:
                specifier = f"{request.name}@{request.version}" if request.version else request.name
                run(["cargo", "info", "--quiet", specifier], folder, {"CARGO_HOME": home})
            except ClientFailure as failure:
                no_archive(request.name, failure)
                continue
            crates = [path for path in Path(home).glob(f"registry/cache/*/{request.name}-*.crate") if path.stem[len(request.name) + 1].isdigit()]
            if len(crates) != 1:
                no_archive(request.name, f"cargo left {len(crates)} crates")
                continue
            kept = folder / crates[0].name
            shutil.move(crates[0], kept)
            found[request.name] = Download(kept.stem[len(request.name) + 1 :], kept)
    return found
