"""What a run says of its data, its recipe and its figures, as cells of the card."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.report.table import METRICS
from lightning_contrast.types import Embedded

Figures = Mapping[str, Any]
PARTS = (
    *("encoder", "projector", "head", "sampler", "positives", "negatives", "view", "mix"),
    *("pairing", "miner", "loss", "candidates", "optimizer", "schedule"),
)
SIZES = ("rows", "train", "validation", "test", "groups", "train_before_distribution")


class Group(NamedTuple):
    """A class: rows of training and of test, and its precision, recall and F1 on test."""

    name: str
    train: int
    test: int
    precision: float
    recall: float
    f1: float

    @property
    def cells(self) -> list[str]:
        """All of it as it is printed; without a test row there is nothing to say of it."""
        shares = [percent(value) if self.test else "–" for value in self[3:]]
        return [self.name.replace("|", r"\|"), str(self.train), str(self.test), *shares]


def percent(value: float | None) -> str:
    """
    >>> percent(0.98114), percent(None)
    ('98.1 %', '–')
    """
    return "–" if value is None else f"{100 * value:.1f} %"


def by_class(classes: Sequence[str], trained: np.ndarray, test: Embedded) -> list[Group]:
    """One ``Group`` a class; ``trained``: labels of the training rows, -1 unlabelled."""
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
        Group(name, int(rows[n]), int(columns[3, n]), *columns[:3, n].tolist())
        for n, name in enumerate(classes)
    ]


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


def recipe(config: Mapping[str, Any], result: Figures) -> list[tuple[str, str]]:
    """The parts of the run, and what it took."""
    lines = [(part, told(config.get(part))) for part in PARTS]
    lines.append(("batch size", str(config["datamodule"]["batch_size"])))
    lines.append(("epochs, steps", f"{config['trainer']['max_epochs']}, {result['train/steps']}"))
    lines.append(("seed", str(config["seed"])))
    lines.append(("parameters", f"{result['parameters']:,}"))
    lines.append(("training", f"{result['train/cpu_seconds']:.0f} CPU seconds"))
    return lines


def data_notes(counts: Mapping[str, int], distribution: Mapping[str, float]) -> list[str]:
    """What else is known of the rows; counts of 0 say nothing."""
    notes = [f"{k.replace('_', ' ')}: {n}" for k, n in counts.items() if n and k not in SIZES]
    return notes + [f"{k.replace('_', ' ')}: {value:.3g}" for k, value in distribution.items()]


def metrics(result: Figures) -> list[tuple[str, str, str]]:
    """Every metric of validation and test."""

    def cell(side: str, key: str) -> str:
        value = result.get(f"{side}/{key}")
        rate = value is None or key not in ("alignment", "uniformity")
        return percent(value) if rate else f"{value:.3f}"

    found = [key for key in METRICS if f"test/{key}" in result or f"validation/{key}" in result]
    return [(METRICS[key], cell("validation", key), cell("test", key)) for key in found]


def baselines(result: Figures) -> list[tuple[str, str]]:
    """The accuracy on test of what was trained beside the run, if anything was."""
    keys = [key.split("/") for key in result if key.startswith("baseline/")]
    return [
        (key[1].replace("_", " "), percent(result["/".join(key)]))
        for key in keys
        if key[2:] == ["test", "accuracy"]
    ]
