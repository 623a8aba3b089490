"""The facts of a model card: data and recipe of a run."""

from collections.abc import Mapping
from typing import Any

from lightning_contrast.report.findings import ReportTable, Share, shown

PARTS = (
    *("encoder", "projector", "head", "sampler", "positives", "negatives", "view", "mix"),
    *("unit", "pairing", "miner", "loss", "regulariser", "candidates", "optimizer", "schedule"),
)
SIZES = ("rows", "train", "validation", "test", "groups", "train_before_distribution")


def percent(value: float | None) -> str:
    """
    >>> percent(0.98114), percent(None)
    ('98.11 %', '–')
    """
    return shown(None if value is None else Share(value))


def told(part: Any) -> str:
    """A part of a config in a few words: its class, and the arguments that are set.

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


def recipe(config: Mapping[str, Any], result: Mapping[str, Any]) -> ReportTable:
    """The parts of the run, and its cost."""
    lines = [(part, told(config.get(part))) for part in PARTS]
    lines.append(("batch size", str(config["datamodule"]["batch_size"])))
    lines.append(("epochs, steps", f"{config['trainer']['max_epochs']}, {result['train/steps']}"))
    lines.append(("seed", str(config["seed"])))
    lines.append(("parameters", f"{result['parameters']:,}"))
    lines.append(("training", f"{result['train/cpu_seconds']:.0f} CPU seconds"))
    return ReportTable(("part", "choice"), lines)


def data_notes(counts: Mapping[str, int], distribution: Mapping[str, float]) -> list[str]:
    """Further counts of the rows, without those that are 0."""
    notes = [f"{k.replace('_', ' ')}: {n}" for k, n in counts.items() if n and k not in SIZES]
    return notes + [f"{k.replace('_', ' ')}: {value:.3g}" for k, value in distribution.items()]
