"""A person's own pictures with captions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from lightning_contrast.config.ranges import Count
from lightning_contrast.files.decoding import MAX_PIXELS
from lightning_contrast.files.examine import examine
from lightning_contrast.files.folders import captions_in, files_below
from lightning_contrast.files.images import ImageFiles
from lightning_contrast.files.paths import existing
from lightning_contrast.files.tables import Reading, table_rows
from lightning_contrast.rows.labels import MISSING, label_name
from lightning_contrast.rows.split_names import UNDECIDED, split_number
from lightning_contrast.sources._captions import (
    CaptionedRow,
    Usable,
    name_of,
    texts_of,
    usable,
    wrong_captions,
)
from lightning_contrast.sources._with_captions import Captioned, with_captions
from lightning_contrast.sources.source import MaxPixels, Source
from lightning_contrast.types import Labelled

COLUMNS = ("image_column", "label_column", "identity_column", "group_column", "split_column")


@dataclass
class CaptionedImages(Source):
    """Pictures with captions: a table with the path of a picture a row, or a folder.

    Table: CSV, TSV, JSON lines, a JSON array, Parquet or Excel. Paths are relative to it. Each of
    ``caption_columns`` holds a text, or in JSON a list of texts. Folder: each image has a text file
    beside it with its name, ``cat.png`` and ``cat.txt``, with a caption in each line.

    A picture may have several captions, and a caption several pictures. ``identity_column``: what a
    picture shows (a concept, a product): all its pictures and captions belong together, and are
    never taken for negatives. Without it, pictures with a caption in common do.
    ``group_column``: rows with the same value stay on one side of the split. ``label_column``: a
    class of each row, for a head or a probe; None: no classes. ``attribute_columns``: what
    evaluation groups rows by. Images are decoded to ``(channels, size, size)`` when asked for.

    Raises ``InputError`` for a missing column and, unless ``skip_bad_rows``, for the first picture
    that is not there, does not decode, or has no caption or an empty one.

    >>> CaptionedImages("photos.jsonl").caption_columns
    ('caption',)
    """

    path: str
    image_column: str = "image"
    caption_columns: Sequence[str] = ("caption",)
    identity_column: str | None = None
    group_column: str | None = None
    label_column: str | None = None
    split_column: str | None = None
    attribute_columns: Sequence[str] = ()
    size: Count = 64
    channels: Literal[1, 3] = 3
    max_pixels: MaxPixels = MAX_PIXELS
    encoding: str = "utf-8"
    separator: str | None = None
    missing: Sequence[str] = MISSING
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "mixed"

    def check_files(self) -> None:
        self._usable()

    def _usable(self) -> Usable:
        root = self._root()
        rows = self._folder(root) if root.is_dir() else self._table(root)
        return usable(rows, self.skip_bad_rows, f"source.path: {root}")

    def load(self) -> Labelled:
        found = self._usable()
        files = found.files
        keep, prints = examine(files, self.skip_bad_rows, found.names, max_pixels=self.max_pixels)
        kept = [files[row] for row in keep]
        images = ImageFiles(kept, self.size, self.channels, prints, self.max_pixels)
        counts = {"skipped": found.skipped + len(files) - len(keep)}
        return with_captions(images, [found.pictures[row] for row in keep], counts)

    def _root(self) -> Path:
        path = Path(self.path).expanduser()
        return existing(path, "source.path", folder=path.is_dir())

    def _folder(self, root: Path) -> Iterator[CaptionedRow]:
        """Each image below the folder."""
        for path, is_image in files_below(root):
            if not is_image:
                continue
            beside = path.with_suffix(".txt")
            if not beside.is_file():
                problem = f"{path} has no caption: {beside} does not exist"
                if (told := captions_in(root)) is not None:
                    problem += f". If {told.name} holds them, set source.path={told}"
                yield CaptionedRow(str(path), str(path), problem)
                continue
            lines = beside.read_text(encoding=self.encoding).splitlines()
            captions = [line.strip() for line in lines if line.strip()]
            known: Captioned | str = Captioned(captions, UNDECIDED)
            yield CaptionedRow(
                str(path), str(path), known if captions else f"{beside} holds no caption"
            )

    def _table(self, path: Path) -> Iterator[CaptionedRow]:
        """Each row of the table."""
        lists = {f"caption_columns[{i}]": c for i, c in enumerate(self.caption_columns)}
        kinds = {f"attribute_columns[{i}]": c for i, c in enumerate(self.attribute_columns)}
        single = {a: column for a in COLUMNS if (column := getattr(self, a)) is not None}
        how = Reading(self.encoding, separator=self.separator)
        for row in table_rows(path, single | lists | kinds, how):
            cells, where = row.cells, row.where
            captions = [text for name in lists for text in texts_of(cells.get(name))]
            file = cells.get("image_column")
            problem = row.problem or self._problem(where, file, captions, path.parent)
            side = UNDECIDED
            if not problem and "split_column" in cells:
                found = split_number(str(cells["split_column"]))
                side = UNDECIDED if found is None else found
                if found is None:
                    problem = (
                        f"{where}: {self.split_column!r} must be train, validation or test, got "
                        f"{cells['split_column']!r}"
                    )
            if problem:
                yield CaptionedRow("", where, problem)
                continue
            label = None
            if self.label_column is not None:
                label = label_name(cells["label_column"], where, self.label_column, self.missing)
            known = Captioned(
                captions,
                side,
                name_of(cells.get("identity_column")),
                name_of(cells.get("group_column")),
                label,
                {column: str(cells[name]) for name, column in kinds.items()},
            )
            yield CaptionedRow(str(path.parent / str(file)), where, known)

    def _problem(self, where: str, file: Any, captions: Sequence[Any], folder: Path) -> str:
        if not isinstance(file, str) or not file.strip():
            return f"{where}: {self.image_column!r} must be the path of a picture, got {file!r}"
        if not (folder / file).is_file():
            return f"{where}: the picture {folder / file} does not exist"
        return wrong_captions(captions, where, self.caption_columns, self.missing)
