"""What a run says of its data, its recipe and its classes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.report.findings import Share, Table, shown
from lightning_contrast.types import Embedded

PARTS = (
    *("encoder", "projector", "head", "sampler", "positives", "negatives", "view", "mix"),
    *("pairing", "miner", "loss", "candidates", "optimizer", "schedule"),
)
SIZES = ("rows", "train", "validation", "test", "groups", "train_before_distribution")


class ClassScore(NamedTuple):
    """A class: rows of training and of test, and its precision, recall and F1 on test."""

    name: str
    train: int
    test: int
    precision: float
    recall: float
    f1: float


def percent(value: float | None) -> str:
    """
    >>> percent(0.98114), percent(None)
    ('98.11 %', '–')
    """
    return shown(None if value is None else Share(value))


def by_class(classes: Sequence[str], trained: np.ndarray, test: Embedded) -> list[ClassScore]:
    """The scores of each class; ``trained``: labels of the training rows, -1 unlabelled."""
    from sklearn.metrics import precision_recall_fscore_support

    known = test.label >= 0
    label, predicted = test.label[known].numpy(), test.logits[known].argmax(1).numpy()
    numbers = np.arange(len(classes))
    columns = np.zeros((4, len(classes)))
    if len(label):
        columns = np.stack(
            precision_recall_fscore_support(label, predicted, labels=numbers, zero_division=0)
        )
    rows = np.bincount(trained[trained >= 0], minlength=len(classes))
    return [
        ClassScore(name, int(rows[n]), int(columns[3, n]), *columns[:3, n].tolist())
        for n, name in enumerate(classes)
    ]


def class_table(scores: Sequence[ClassScore]) -> Table:
    """One line a class; without a test row there is nothing to say of it."""
    columns = ("class", "training rows", "test rows", "precision", "recall", "F1")
    cells = ([Share(v) if score.test else None for v in score[3:]] for score in scores)
    return Table(columns, [(*s[:3], *rest) for s, rest in zip(scores, cells, strict=True)])


def told(part: Any) -> str:
    """A part of a config in a few words: its class, and those arguments that are set.

    >>> told({"_target_": "lightning_contrast.losses.supcon.SupCon", "temperature": 0.1})
    'SupCon (temperature 0.1)'
    """
    if not isinstance(part, Mapping):
        return "none" if part is None else str(part)
    if "_target_" not in part:
        return "; ".join(told(inner) for inner in part.values()) or "none"
    settings = [
        f"{key} {value}"
        for key, value in part.items()
        if key[0] != "_" and value not in (None, "") and not isinstance(value, Mapping)
    ]
    name = str(part["_target_"]).rpartition(".")[2]
    return name + (f" ({', '.join(settings)})" if settings else "")


def recipe(config: Mapping[str, Any], result: Mapping[str, Any]) -> Table:
    """The parts of the run, and what it took."""
    lines = [(part, told(config.get(part))) for part in PARTS]
    lines.append(("batch size", str(config["datamodule"]["batch_size"])))
    lines.append(("epochs, steps", f"{config['trainer']['max_epochs']}, {result['train/steps']}"))
    lines.append(("seed", str(config["seed"])))
    lines.append(("parameters", f"{result['parameters']:,}"))
    lines.append(("training", f"{result['train/cpu_seconds']:.0f} CPU seconds"))
    return Table(("part", "choice"), lines)


def data_notes(counts: Mapping[str, int], distribution: Mapping[str, float]) -> list[str]:
    """What else is known of the rows; counts of 0 say nothing."""
    notes = [f"{k.replace('_', ' ')}: {n}" for k, n in counts.items() if n and k not in SIZES]
    return notes + [f"{k.replace('_', ' ')}: {value:.3g}" for k, value in distribution.items()]
