"""Files that get their name when they are complete; after an interrupt a ``.partial`` remains."""

import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lightning_contrast.errors import InputError
from lightning_contrast.inference.shard import shard_of

STDOUT = "-"
# Names of files are bytes. Those that are not UTF-8 are written as they were read.
TEXT: Any = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}


def check_output(
    output: str | Path, suffixes: Sequence[str], stdout: bool = False, source: Any = None
) -> None:
    """Raises ``InputError`` unless a file of one of these kinds can be made there.

    ``source``: the input of the command, which its output must not replace.

    >>> check_output("labels.xml", [".jsonl", ".csv"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: output labels.xml must end in .jsonl or .csv: ...
    """
    path = Path(output)
    if stdout and str(output) == STDOUT:
        return
    if path.is_dir():
        raise InputError(
            f"output {path} is a folder: name a file in it, output={path}/NAME{suffixes[0]}"
        )
    if path.suffix.lower() not in suffixes:
        kinds = " or ".join([", ".join(suffixes[:-1]), suffixes[-1]] if suffixes[1:] else suffixes)
        raise InputError(
            f"output {path} must end in {kinds}: name it {path.stem or 'output'}{suffixes[0]}"
            + (", or give - for the standard output" if stdout else "")
        )
    if not path.parent.is_dir():
        raise InputError(f"output {path}: there is no folder {path.parent}; make it first")
    before = None if source is None else Path(str(source)).expanduser()
    if before is not None and path.exists() and before.exists() and path.samefile(before):
        raise InputError(
            f"output {path} is the input itself, which would be lost: name another file, "
            f"output={path.stem}_new{path.suffix}"
        )


def given(output: Any, shard: Any = None) -> Path:
    """The path of a command's ``output``; that of one of several parts has its number in the name.

    >>> given("labels.csv").name, given("labels.csv", "2/4").name
    ('labels.csv', 'labels-2-of-4.csv')
    """
    path = Path(str(output)).expanduser()
    return path if shard is None or str(output) == STDOUT else shard_of(str(shard)).file(path)


def partial(path: Path) -> Path:
    """The path of a file until it is complete.

    >>> partial(Path("labels.csv")).name
    'labels.csv.partial'
    """
    return path.with_name(path.name + ".partial")


@contextmanager
def whole_file(output: str | Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Opens a file to write; it gets its name at the end. ``-`` is standard output.

    After an interrupt, or if the disk is full, the part that was written stays as
    ``partial(path)``. After an ``InputError`` (such as a bad row in strict mode) nothing stays.
    Raises ``InputError`` if the file can't be written.
    """
    if str(output) == STDOUT:
        sys.stdout.flush()
        lines = io.TextIOWrapper(sys.stdout.buffer, **TEXT)
        try:
            yield lines
        finally:
            lines.detach()  # so that standard output stays open
        return
    path = Path(output)
    try:
        with partial(path).open(mode, **({} if "b" in mode else TEXT)) as file:
            yield file
        os.replace(partial(path), path)
    except OSError as error:
        left = f"what was written is in {partial(path)}; " if partial(path).exists() else ""
        raise InputError(
            f"output {path} can't be written ({error.strerror or error}): {left}free some space, "
            "or choose another output=FILE"
        ) from error
    except InputError:
        partial(path).unlink(missing_ok=True)
        raise
    except KeyboardInterrupt:
        if not partial(path).stat().st_size:
            partial(path).unlink()
        raise
