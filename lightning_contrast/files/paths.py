"""Paths that a person gives, checked before anything else is done."""

from pathlib import Path

from lightning_contrast.errors import InputError, listing


def existing(path: str | Path, argument: str, folder: bool = False) -> Path:
    """The path, if it is there; raises ``InputError`` which lists what stands beside it.

    >>> existing("/no/such/file.csv", "source.path")
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: source.path: the file /no/such/file.csv does not exist...
    """
    given = Path(path).expanduser()
    kind = "folder" if folder else "file"
    if given.is_dir() if folder else given.is_file():
        return given
    if given.exists():
        raise InputError(f"{argument} must be a {kind}, and {given} is not one: give a {kind}")
    near = next(p for p in [*given.absolute().parents, Path("/")] if p.is_dir())
    try:
        beside = listing(sorted(p.name for p in near.iterdir() if p.name[0] != "."))
    except PermissionError:
        beside = "entries you may not read"
    raise InputError(
        f"{argument}: the {kind} {given} does not exist; {near} holds {beside}. Set {argument} "
        f"to a {kind} that is there"
    )
