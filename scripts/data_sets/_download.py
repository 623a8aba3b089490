"""What is downloaded: by the registry's own client, with its size told, held to its checksum."""

import hashlib
import os
import re
import subprocess
import tarfile
from pathlib import Path

from lightning_contrast.errors import InputError


def bring(what: str, command: list[str], **environment: str) -> None:
    """Runs the client that downloads. Its first line on an error is part of ours."""
    print(f"downloading {what}", flush=True)
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}
    )
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        errors = [line for line in lines if re.search("^E:|error", line, re.IGNORECASE)]
        raise not_brought(what, (errors or lines or ["no reason given"])[0])


def not_brought(what: str, reason: str) -> InputError:
    return InputError(
        f"{what} could not be downloaded ({reason}): check the network (or the proxy) and run again"
    )


def check(archive: Path, sha256: str) -> None:
    """Raises ``InputError`` for another file than the one that is meant, and for half of it."""
    if not archive.is_file():
        raise InputError(f"{archive.name} was not written by what should download it: run again")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
        raise InputError(f"{archive.name} has another checksum than it should: run again")


class Files(dict[str, bytes]):
    """The files of a tar archive whose names a pattern matches, by name."""

    def __init__(self, archive: Path, pattern: str) -> None:
        self.archive = archive.name
        with tarfile.open(archive) as members:
            for member in members:
                read = members.extractfile(member) if re.search(pattern, member.name) else None
                if read is not None:
                    self[member.name] = read.read()

    def __missing__(self, name: str) -> bytes:
        raise InputError(f"{self.archive} has no file {name}: its version is another than ours")
