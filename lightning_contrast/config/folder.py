"""Where the YAML groups are."""

from pathlib import Path


def conf_directory() -> Path:
    """The folder of the YAML groups: inside the installed package, or beside it in a checkout.

    >>> (conf_directory() / "loss").is_dir()
    True
    """
    package = Path(__file__).resolve().parents[1]
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"
