"""Copies of other packages inside of packages, in folders whose names do not give them away. Found by comparing all held-out text with all
training text; left out through `excluded` in the manifest, so that the original can be in another split."""

from __future__ import annotations

from dataclasses import replace

from .manifest import Package

COPIES: dict[str, tuple[str, ...]] = {
    "maven:org.springframework:spring-core": ("org/springframework/javapoet/*",),
    "debian:cmake": ("Utilities/cm*",),  # libuv, jsoncpp, libarchive, expat, zlib and others.
    "debian:simdjson": ("dependencies/*",),
    "debian:libevent": ("WIN32-Code/*", "compat/*"),  # Headers and getopt of the BSDs, which many packages carry.
    "npm:objection": ("lib/utils/clone.js",),  # Of lodash.
}


def without_copies(package: Package) -> Package:
    """The package with its copies among the excluded paths."""
    copies = COPIES.get(package.repository, ())
    return replace(package, excluded=tuple(sorted({*package.excluded, *copies}))) if copies else package
