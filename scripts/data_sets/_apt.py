"""apt-get with lists of its own: those of the machine stay as they are."""

import shutil
from pathlib import Path

from lightning_contrast.errors import InputError


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
