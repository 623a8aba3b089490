"""What the contrast worked with, and what it made of it: pairs, directions, doubtful labels."""

import math

from torch import Tensor

from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.evaluation.batches import BatchPairs, batch_pairs
from lightning_contrast.evaluation.diagnostic_plots import draw_hardness, draw_spectrum
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.evaluation.suspects import suspects
from lightning_contrast.metrics.geometry import effective_rank, mean_cosine, spectrum
from lightning_contrast.metrics.similarity import named
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, Plot, ReportTable, Share

RATES = ("false_negatives", "hard_anchors", "first_direction", "doubtful_labels")


class Diagnostics(EvaluationProtocol):
    """False negatives and hardness in batches, collapse of directions, and likely label errors.

    Figures, below ``diagnostics/``: ``false_negatives``, the share of a batch's negatives that
    have the anchor's label; ``positive_cosine``, ``negative_cosine``, the means over pairs, or
    ``positive_dot`` and their like, as the contrast compared them;
    ``hard_anchors``, the share of anchors with a negative that is nearer than one of their
    positives; of the embedding of training rows ``effective_rank``, ``directions_for_99_percent``
    of the variance, ``first_direction``'s share of it, and ``mean_cosine`` of rows of different
    classes; ``doubtful_labels/SPLIT``, the share of rows most of whose neighbours in training
    share one other label.

    Args:
        batches: training batches that are looked at.
        neighbours: neighbours of a row that judge its label.
        listed: doubtful rows in the table, at most.
    """

    title = "Diagnostics"

    def __init__(
        self, batches: Count = 20, neighbours: Count = 10, listed: CountFromZero = 40
    ) -> None:
        self.batches, self.neighbours, self.listed = batches, neighbours, listed

    def __call__(self, subject: Subject) -> Findings:
        figures: dict[str, float] = {}
        plots: dict[str, Plot] = {}
        notes: list[str] = []
        splits = subject.datamodule.splits
        if splits is None or not len(splits.train):
            notes.append("There are no training rows, hence no pairs.")
        elif subject.config["module"]["contrast_weight"]:
            pairs = batch_pairs(subject, self.batches)
            figures |= _of_pairs(pairs)
            caption = f"Similarities of pairs in {self.batches} training batches."
            plots["hardness"] = Plot(lambda: draw_hardness(pairs), caption)
        else:
            notes.append("The run had no contrast, hence no pairs.")
        rows = subject.train.embedding
        if len(rows) > 1:
            shares = spectrum(rows)
            figures |= _of_directions(rows, shares, subject.train.label)
            plots["spectrum"] = Plot(
                lambda: draw_spectrum(shares.numpy()),
                "Variance of the embedding of training rows, by principal direction.",
            )
        doubtful, table = self._doubtful(subject)
        figures |= {f"doubtful_labels/{split}": share for split, share in doubtful.items()}
        lines = [
            (name.replace("_", " "), Share(value) if name.startswith(RATES) else value)
            for name, value in figures.items()
        ]
        tables = {"figures": ReportTable(("", ""), lines), "doubtful_labels": table}
        flat = {f"diagnostics/{name}": value for name, value in figures.items()}
        return Findings(flat, tables, plots, notes)

    def _doubtful(self, subject: Subject) -> tuple[dict[str, float], ReportTable]:
        """The share of doubtful rows in each split, and the most doubtful ones."""
        shares: dict[str, float] = {}
        found = []
        splits = {"train": None, "validation": subject.validation, "test": subject.test}
        for name, split in splits.items():
            rows = subject.train if split is None else split
            if len(rows.label):
                doubted = suspects(subject.train, split, self.neighbours)
                shares[name] = len(doubted) / len(rows.label)
                found += [(suspect, name) for suspect in doubted]
        found.sort(key=lambda pair: -pair[0].share)
        classes, modality = subject.classes, subject.modality
        lines: list[tuple[Cell, ...]] = [
            (
                str(suspect.row + 1),
                split,
                modality.show(subject.rows.raw, suspect.row),
                classes[suspect.label],
                classes[suspect.neighbours],
                Share(suspect.share),
            )
            for suspect, split in found[: self.listed]
        ]
        return shares, ReportTable(
            ("row", "split", modality.name, "label", "its neighbours'", "of them"),
            lines,
            f"Labels that most of {self.neighbours} neighbours in training contradict.",
        )


def _of_pairs(pairs: BatchPairs) -> dict[str, float]:
    figures = {}
    if pairs.known:
        figures["false_negatives"] = pairs.false_negative / pairs.known
    for name, values in (("positive", pairs.positive), ("negative", pairs.negative)):
        if len(values):
            figures[f"{name}_{named(pairs.kind)}"] = values.mean().item()
    if len(pairs.hardest_negative):
        hard = pairs.hardest_negative > pairs.hardest_positive
        figures["hard_anchors"] = hard.double().mean().item()
    return figures


def _of_directions(rows: Tensor, shares: Tensor, label: Tensor) -> dict[str, float]:
    figures = {
        "effective_rank": effective_rank(rows).item(),
        "first_direction": shares[0].item(),
        "mean_cosine": mean_cosine(rows, label).item(),
    }
    if not math.isnan(figures["first_direction"]):  # equal rows vary in no direction
        figures["directions_for_99_percent"] = int((shares.cumsum(0) < 0.99).sum()) + 1
    return {name: value for name, value in figures.items() if not math.isnan(value)}
