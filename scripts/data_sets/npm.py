"""Packages of the npm registry, as archives."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path


def packed(packages: list[str], folder: Path) -> list[Path]:
    """The archive of each package, downloaded to a folder by ``npm pack``, which checks its sum.

    The registry is the one that npm is set up for. Ends with one line where that fails.
    """
    command = ["npm", "pack", "--json", "--pack-destination", str(folder), *packages]
    print(f"Fetching {', '.join(packages)} from the npm registry", flush=True)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    except FileNotFoundError:
        sys.exit("npm is needed and was not found: install it (Debian: apt-get install npm)")
    except subprocess.TimeoutExpired:
        sys.exit("the npm registry did not give the packages in 30 minutes: try again")
    if done.returncode:
        reason = next(
            (line for line in done.stderr.splitlines() if "ERR" in line or "error" in line), "?"
        )
        sys.exit(f"npm could not fetch the packages ({reason}): check the network and run again")
    return [folder / Path(each["filename"]).name for each in json.loads(done.stdout)]


def content_of(files: tarfile.TarFile, member: str | tarfile.TarInfo) -> bytes:
    """A file of an archive; ends with one line where it is not there."""
    try:
        found = files.extractfile(member)
    except KeyError:
        found = None
    if found is None:
        name = getattr(member, "name", member)
        sys.exit(f"{files.name!s} holds no {name}: the package is laid out anew")
    return found.read()
