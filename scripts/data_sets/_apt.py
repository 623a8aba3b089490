"""apt-get with lists of its own: those of the machine stay as they are."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lightning_contrast.errors import InputError

from ._download import bring


def own_lists(downloads: Path, **more: str) -> list[str]:
    """The options of apt-get, with further settings.

    Raises ``InputError`` where there is no apt-get.
    """
    if shutil.which("apt-get") is None:
        raise InputError("apt-get is needed and was not found: run this on Debian, or in its image")
    (downloads / "lists" / "partial").mkdir(parents=True)
    settings = {
        "Dir::State::lists": downloads / "lists",
        "Dir::Cache": downloads / "cache",
        "Acquire::GzipIndexes": "false",
        "APT::Sandbox::User": "",  # another user can't write here
        "APT::Update::Error-Mode": "any",
        **more,
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def unpacked(what: str, packages: Sequence[str], downloads: Path) -> Path:
    """The folder with all that some packages hold."""
    words = own_lists(downloads)
    bring(what, ["apt-get", "update", "-q", *words], LC_ALL="C")
    get = ["env", "-C", str(downloads), "apt-get", "download", "-q", *words, *packages]
    bring(what, get, LC_ALL="C")
    for archive in sorted(downloads.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", archive, downloads / "whole"], check=True)
    return downloads / "whole"
