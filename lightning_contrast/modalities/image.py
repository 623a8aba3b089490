"""Images: a source holds them by row number, uint8 ``(n, C, H, W)``."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.modalities.modality import Picture, Plain

if TYPE_CHECKING:
    from lightning_contrast.files.row import Row
    from lightning_contrast.files.tables import Reading
    from lightning_contrast.types import Images, Inputs

_SIDE = 96  # pixels of a thumbnail


class ImageModality:
    """Rows that are images; ``Modality`` says what each method gives.

    >>> ImageModality().id_of("photos/cat.png")
    'photos/cat.png'
    """

    name = "image"
    reads_texts = False
    parts: tuple[str, ...] = ()

    def take(self, raw: "Images", rows: np.ndarray) -> list[Any]:
        return list(raw[rows])

    def inputs(self, raw: "Images", rows: np.ndarray, preprocess: Any) -> "Inputs":
        images = raw[rows]
        fits = images.shape[1:] == (preprocess.channels, *preprocess.size)
        return images if fits else preprocess.batch(list(images))

    def images(self, raw: "Images") -> "Images":
        return raw

    def show(self, raw: "Images", row: int, limit: int = 280) -> Picture:
        from PIL.Image import fromarray

        image = fromarray(pixels(raw, row))
        image.thumbnail((_SIDE, _SIDE))
        data = io.BytesIO()
        image.save(data, "PNG")
        return Picture.of_png(data.getvalue())

    def reads(self, preprocess: Any, encoder: Any) -> str:
        height, width = preprocess.size
        cut = "squeezed to fit" if preprocess.whole else "what sticks out is cut off"
        return f"Images are seen at {width} x {height} pixels, {cut}."

    def image_readers(self, preprocess: Any) -> list[Any]:
        return [preprocess]

    def exported(self, preprocess: Any) -> tuple[dict[str, Any], dict[str, str]]:
        height, width = preprocess.size
        shape = f"(batch, {preprocess.channels}, {height}, {width})"
        grey = preprocess.channels == 1
        described = {
            "inputs": {"images": f"float32 {shape}, from 0 to 1"},
            "channels": preprocess.channels,
            "height": height,
            "width": width,
            "mean": preprocess.mean,
            "std": preprocess.std,
            "steps": [
                "turn the picture upright by its EXIF orientation",
                "lay what is transparent on white",
                "convert to grey: 0.299 R + 0.587 G + 0.114 B" if grey else "convert to RGB",
                f"scale by bicubic interpolation to {width} x {height} pixels (Pillow: resize)"
                if preprocess.whole
                else f"scale by bicubic interpolation to cover {width} x {height} pixels, and cut "
                "what sticks out equally on both sides (Pillow: ImageOps.fit)",
                "(a JPEG may be decoded at a smaller size, of at least twice that)",
                "divide by 255; channels first",
                "nothing more: (image - mean) / std is part of the exported graph",
            ],
        }
        return described, {}

    def plain(self, raw: "Images", parts: Sequence[np.ndarray]) -> Plain:
        """Logistic regression on the pixels of small images."""
        from sklearn.linear_model import LogisticRegression

        from lightning_contrast.rows.pixels import small_pixels

        columns = [small_pixels(raw, part) for part in parts]
        return Plain(
            "pixels_logistic", columns, lambda c: LogisticRegression(C=c / 100, max_iter=100)
        )

    def kinds(self, raw: Any) -> None:
        return None

    def id_of(self, given: str) -> str:
        return given

    def read(self, path: str | Path, how: "Reading", **columns: str | None) -> "Iterator[Row]":
        from lightning_contrast.files.lines import suffix_of, text_lines
        from lightning_contrast.files.row import Row
        from lightning_contrast.files.texts import KINDS

        if not isinstance(path, Path):
            found: Iterator[str] = (line.strip() for line in text_lines(path, how.encoding))
        elif path.is_dir():
            found = _images_below(path)
        elif KINDS.get(suffix_of(path), "lines") != "lines":
            raise InputError(
                f"input {path} is a table, but the checkpoint reads images: give an image or a "
                "folder of them, or the checkpoint of a text classifier"
            )
        else:
            found = iter([str(path)])
        for number, name in enumerate(found, start=1):
            yield Row(number, name, name, "" if name else f"row {number}: the path is empty")


def pixels(raw: "Images", row: int) -> np.ndarray:
    """One row as Pillow and matplotlib take it: uint8 ``(H, W)`` if grey, else ``(H, W, 3)``."""
    image = raw[np.array([row])][0]
    return (image[:3].permute(1, 2, 0) if len(image) >= 3 else image[0]).contiguous().numpy()


def _images_below(folder: Path) -> Iterator[str]:
    from lightning_contrast.files.folders import files_below

    none = True
    for path, is_image in files_below(folder):
        if is_image:
            none = False
            yield str(path)
    if none:
        raise InputError(f"input {folder} holds no images: give a folder that does, or one file")
