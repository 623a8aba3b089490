"""Which boxes a detector finds, and how precisely."""

from collections.abc import Sequence

import numpy as np

from lightning_contrast.config.ranges import CountFromZero, Share
from lightning_contrast.data.boxed import Boxed
from lightning_contrast.errors import InputError, listing
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.coco import Marked
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.boxes import draw_boxes
from lightning_contrast.report.findings import Findings, Plot, ReportTable
from lightning_contrast.report.findings import Share as Rate
from lightning_contrast.types import Answer


class BoxAccuracy(EvaluationProtocol):
    """Average precision of the boxes in test images, as COCO measures it, by class.

    Args:
        novel: classes that were learnt from few examples, for figures of them and of the others.
        examples: images that the report draws; half of them have the most mistakes.
        least: probability from which on a box is drawn, and is a mistake if there is none.

    Figures, below ``boxes/``: ``ap``, ``ap50``, ``ap75``, ``ap50/CLASS`` (pycocotools); with novel
    classes ``ap50_novel`` and ``ap50_base``, the means over these classes and over the others; with
    a reference, such as the detector before it learnt them, ``forgotten``: its AP50 on the base
    classes less that of the subject; ``images`` and ``true``, the numbers of images and boxes.

    Raises:
        InputError: a novel class is none of the detector's.
    """

    title = "Boxes"
    judges = (Answer.BOXES,)

    def __init__(
        self, novel: Sequence[str] = (), examples: CountFromZero = 12, least: Share = 0.3
    ) -> None:
        self.novel, self.examples, self.least = list(novel), examples, least

    def __call__(self, subject: Subject) -> Findings:
        if strange := [name for name in self.novel if name not in subject.classes]:
            raise InputError(
                f"protocols.boxes.novel names {strange[0]!r}, which is none of the classes "
                f"{listing(list(subject.classes), most=20)}: name some of them"
            )
        found = subject.boxes("test")
        scores = found.scores(subject.classes)
        if not scores:
            return Findings({}, notes=["Boxes: no test image has one."])
        scores |= self._parts(scores, subject.classes)
        other = subject.reference
        if other is not None and other.network.head.answer is Answer.BOXES and self.novel:
            base = [name for name in other.classes if name not in self.novel]
            before = mean_of(other.boxes("test").scores(other.classes), base)
            if before is not None and "ap50_base" in scores:
                scores["forgotten"] = before - scores["ap50_base"]
        figures = {f"boxes/{name}": value for name, value in scores.items()}
        figures |= {"boxes/images": len(found.rows), "boxes/true": len(found.gold.row)}
        return Findings(figures, self._tables(subject, found, scores), self._plots(subject, found))

    def _parts(self, scores: dict[str, float], classes: Sequence[str]) -> dict[str, float]:
        if not self.novel:
            return {}
        sides = {"novel": self.novel, "base": [n for n in classes if n not in self.novel]}
        means = {f"ap50_{side}": mean_of(scores, names) for side, names in sides.items()}
        return {name: value for name, value in means.items() if value is not None}

    def _tables(
        self, subject: Subject, found: Boxed, scores: dict[str, float]
    ) -> dict[str, ReportTable]:
        plain = [(k.replace("_", " "), Rate(v)) for k, v in scores.items() if "/" not in k]
        sure = found.found.chance >= self.least
        lines = [
            (
                name,
                int((found.gold.label == number).sum()),
                int((found.found.label[sure] == number).sum()),
                None if (own := scores.get(f"ap50/{name}")) is None else Rate(own),
            )
            for number, name in enumerate(subject.classes)
        ]
        header = ("class", "true", f"found, from {self.least:g} on", "AP50")
        return {
            "boxes": ReportTable(("", "test"), plain, "Average precision, as of COCO."),
            "classes": ReportTable(header, lines, "Classes."),
        }

    def _plots(self, subject: Subject, found: Boxed) -> dict[str, Plot]:
        images = subject.modality.images(subject.rows.raw)
        if images is None or not self.examples:
            return {}
        wrong = mistakes(found, self.least)
        worst = np.argsort(-wrong, kind="stable")[: self.examples // 2]
        rest = np.setdiff1d(np.arange(len(found.rows)), worst)
        drawn = subject.drawn(rest, self.examples - len(worst))
        rows = found.rows[np.concatenate((worst[wrong[worst] > 0], drawn))]
        sure = Marked(*(column[found.found.chance >= self.least] for column in found.found))
        return {
            "images": Plot(
                lambda: draw_boxes(images, rows, found.gold, sure, subject.classes),
                "Test images, first those with the most mistakes. Dashed: true boxes. Solid: found "
                f"ones that are at least {100 * self.least:.0f} % sure.",
            )
        }


def mean_of(scores: dict[str, float], classes: Sequence[str]) -> float | None:
    """The mean AP50 of these classes, as far as they have one; None if none has.

    >>> mean_of({"ap50/a": 0.5, "ap50/b": 1.0}, ["a", "b", "c"])
    0.75
    """
    own = [scores[f"ap50/{name}"] for name in classes if f"ap50/{name}" in scores]
    return float(np.mean(own)) if own else None


def mistakes(found: Boxed, least: float) -> np.ndarray:
    """By image, how many boxes more or fewer of each class were found than there are."""
    sure = found.found.chance >= least
    classes = 1 + max(found.gold.label.max(initial=0), found.found.label.max(initial=0))
    place = {int(row): at for at, row in enumerate(found.rows)}
    counts = np.zeros((len(found.rows), classes), dtype=np.int64)
    for sign, rows, label in (
        (1, found.gold.row, found.gold.label),
        (-1, found.found.row[sure], found.found.label[sure]),
    ):
        np.add.at(
            counts, (np.array([place[int(row)] for row in rows], dtype=np.int64), label), sign
        )
    return np.abs(counts).sum(1)
