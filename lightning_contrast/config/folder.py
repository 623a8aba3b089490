"""Finds the folder of the YAML groups, and the folders of the user's own parts."""

import sys
from collections.abc import Iterable
from pathlib import Path


def conf_directory() -> Path:
    """The folder of the YAML groups: inside the installed package, or beside it in a checkout.

    >>> (conf_directory() / "loss").is_dir()
    True
    """
    package = Path(__file__).resolve().parents[1]
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


def own_folders(config_dir: str | None) -> list[str]:
    """The folders of the user's own parts: the parent of ``--config-dir``, and the working folder.

    >>> own_folders("/home/me/project/conf")[0]
    '/home/me/project'
    """
    beside = [str(Path(config_dir).resolve().parent)] if config_dir else []
    return [*beside, str(Path.cwd())]


def import_from(folders: Iterable[str]) -> None:
    """Appends folders to ``sys.path``; at its end they hide no installed package."""
    sys.path += [folder for folder in folders if folder not in sys.path]
