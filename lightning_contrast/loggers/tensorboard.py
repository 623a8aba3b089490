"""Logs the results at the end of a run to TensorBoard: figures, pictures, tables, projector."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lightning_contrast.report.markdown import markdown_table
from lightning_contrast.report.report import Section

if TYPE_CHECKING:
    from lightning_contrast.evaluation.subject import Subject

POINTS = 2000  # rows in the projector
SPRITE = 32  # pixels: side of a picture in the projector
TOLD = 120  # characters of a text in the projector


def log_to_tensorboard(
    writer: Any,
    figures: Mapping[str, Any],
    sections: Mapping[str, Section],
    pictures: Mapping[str, Path],
) -> None:
    """Logs figures under ``final/``, the report's pictures as images, and its tables as texts."""
    from PIL import Image

    for name, value in figures.items():
        if isinstance(value, int | float):
            writer.add_scalar(f"final/{name}", value)
    for name, path in pictures.items():
        picture = np.asarray(Image.open(path).convert("RGB"))
        writer.add_image(f"report/{name}", picture, dataformats="HWC")
    for key, section in sections.items():
        for name, table in section.findings.tables.items():
            if table.rows:
                writer.add_text(f"report/{key}_{name}", markdown_table(table))


def log_projector(loggers: Sequence[Any], subject: "Subject") -> None:
    """Logs the embeddings of test rows to TensorBoard's projector, each with its true class, its
    predicted class, and its text or picture."""
    test = subject.test
    if not len(test.label):
        return
    writers = [v.experiment for v in loggers if type(v).__name__ == "TensorBoardLogger"]
    for writer in writers:
        rows = test.index[:POINTS].numpy()
        guessed = test.logits[:POINTS].argmax(dim=1).tolist()
        columns = [[subject.classes[i] for i in test.label[:POINTS].tolist()]]
        columns += [[subject.classes[i] for i in guessed]]
        header, sprites = ["true", "predicted"], None
        raw, modality = subject.rows.raw, subject.modality
        if (images := modality.images(raw)) is not None:
            sprites = thumbnails(images[rows])
        else:
            columns.append([str(modality.show(raw, row, TOLD)) for row in rows.tolist()])
            header.append(modality.name)
        writer.add_embedding(
            test.embedding[:POINTS],
            metadata=[list(row) for row in zip(*columns, strict=True)],
            metadata_header=header,
            label_img=sprites,
            tag="test",
        )


def thumbnails(images: torch.Tensor) -> torch.Tensor:
    """uint8 images as square pictures ``(n, C, 32, 32)`` with values from 0 to 1.

    >>> thumbnails(torch.zeros(2, 1, 8, 8, dtype=torch.uint8)).shape
    torch.Size([2, 1, 32, 32])
    """
    scaled = images.float() / 255
    return torch.nn.functional.interpolate(scaled, (SPRITE, SPRITE), mode="nearest")
