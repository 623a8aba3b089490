"""Checks the paths that a user gives, before anything else is done."""

from pathlib import Path

from lightning_contrast.errors import InputError, listing


def existing(path: str | Path, argument: str, folder: bool = False) -> Path:
    """The path, if it exists; otherwise raises ``InputError`` with the entries of its folder.

    >>> existing("/no/such/file.csv", "source.path")
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: source.path: the file /no/such/file.csv does not exist...
    """
    if "://" in str(path):
        raise InputError(
            f"{argument} must be a path, and {path} is an address: download it, and give the "
            "path of the file"
        )
    given = Path(path).expanduser()
    kind = "folder" if folder else "file"
    try:
        if given.is_dir() if folder else given.is_file() or given.is_fifo():
            return given
        there = given.exists()
    except OSError as error:
        raise InputError(f"{argument} can't be a path ({error.strerror}): give one") from error
    if there:
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


def check_input(given: object) -> None:
    """Raises ``InputError`` for an input that does not exist; ``-`` is standard input.

    Commands call it before they import anything heavy.

    >>> check_input("-")
    """
    if given is not None and str(given) != "-":
        existing(str(given), "input", folder=Path(str(given)).expanduser().is_dir())
