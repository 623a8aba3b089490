"""Where the YAML groups are, and parts of one's own outside of the package."""

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
    """Where parts of one's own are imported from: beside ``--config-dir``, and from here.

    >>> own_folders("/home/me/project/conf")[0]
    '/home/me/project'
    """
    beside = [str(Path(config_dir).resolve().parent)] if config_dir else []
    return [*beside, str(Path.cwd())]


def import_from(folders: Iterable[str]) -> None:
    """Puts folders at the end of ``sys.path``, where they hide no installed package."""
    sys.path += [folder for folder in folders if folder not in sys.path]
