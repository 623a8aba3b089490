"""Folders of images."""

import os
from collections.abc import Iterator
from pathlib import Path

from lightning_contrast.files.decoding import image_suffixes

HIDDEN = ("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found")
"""Folders that operating systems make beside those of the user."""


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or made by an operating system.

    >>> is_hidden(".cache"), is_hidden("__MACOSX"), is_hidden("cat")
    (True, True, False)
    """
    return name.startswith(".") or name in HIDDEN


def files_below(folder: str | Path) -> Iterator[tuple[Path, bool]]:
    """Every file below a folder that is not hidden, and whether its suffix is that of an image.

    Links are followed, except to a folder that was visited before or that holds this one.
    """
    known = image_suffixes()
    root = Path(os.path.realpath(folder))
    seen = set(root.parents)
    for top, folders, files in os.walk(folder, followlinks=True):
        place = Path(os.path.realpath(top))
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        for name in sorted(files):
            if not is_hidden(name):
                yield Path(top, name), Path(name).suffix.lower() in known


def captions_in(folder: Path) -> Path | None:
    """The table in a folder whose name says that it holds captions, as ``captions.jsonl``."""
    from lightning_contrast.files.tables import TABLES

    named = (path for path in sorted(folder.iterdir()) if path.stem == "captions")
    return next((path for path in named if path.suffix.lower() in TABLES), None)
