"""Everything that is said of a trained classifier: metrics, report, result.json."""

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from lightning_contrast.data.datamodule import ContrastiveDataModule
from lightning_contrast.evaluation.embed import embed
from lightning_contrast.evaluation.report import write_report
from lightning_contrast.evaluation.summary import summarize
from lightning_contrast.evaluation.wandb_report import log_results
from lightning_contrast.modules.classifier import ContrastiveClassifier
from lightning_contrast.types import Embedded


class Judged(NamedTuple):
    """A run's figures, and the embedded training and test rows that they were taken from."""

    figures: dict[str, float]
    train: Embedded
    test: Embedded


def judge(
    module: ContrastiveClassifier,
    datamodule: ContrastiveDataModule,
    fit_head: bool = False,
    quiet: bool = True,
    by_frequency: bool = True,
) -> Judged:
    """Metrics of validation and test under stable names, ``test/accuracy`` and the like.

    ``fit_head`` first fits the head to the features of the training split, where the head asks for
    that (``refit``). ``by_frequency``: the training rows are those that ``module`` was trained on,
    so that their numbers tell frequent classes from rare ones.
    """
    bank = embed(module, datamodule, datamodule.bank_dataloader(), "training rows", quiet)
    figures: dict[str, float] = {}
    if fit_head and module.head.refit:
        start = time.process_time()
        module.head.fit(bank.features.to(module.device), bank.label.to(module.device))
        figures["train/head_cpu_seconds"] = time.process_time() - start
    splits = {
        "validation": embed(module, datamodule, datamodule.val_dataloader(), "validation", quiet),
        "test": embed(module, datamodule, datamodule.test_dataloader(), "test", quiet),
    }
    classes = datamodule.classes
    figures |= {
        f"{name}/{metric}": value
        for name, split in splits.items()
        for metric, value in summarize(bank, split, classes, by_frequency=by_frequency).items()
    }
    return Judged(figures, bank, splits["test"])


def publish(
    config: Mapping[str, Any],
    directory: Path,
    datamodule: ContrastiveDataModule,
    module: ContrastiveClassifier,
    judged: Judged,
    result: dict[str, Any],
    loggers: Sequence[Any] = (),
) -> None:
    """Completes ``result`` and writes it, the report and its pictures, and what W&B gets."""
    own = (p for name, p in module.named_parameters() if not name.startswith("candidates."))
    result |= {"seed": config["seed"], "parameters": sum(p.numel() for p in own)}
    result |= {f"rows/{name}": count for name, count in datamodule.counts.items()}
    assert datamodule.splits is not None
    shaped = {f"distribution/{k}": value for k, value in datamodule.splits.distribution.items()}
    result |= shaped
    write_json(directory / "result.json", result)
    rows = datamodule.splits.labelled
    pictures = write_report(
        directory / "report.html",
        config["name"],
        result,
        yaml.safe_dump(dict(config), sort_keys=False),
        judged.train,
        judged.test,
        rows,
        datamodule.modality,
        directory / "logs" / "metrics.csv",
        {**datamodule.counts, **{name: f"{value:g}" for name, value in shaped.items()}},
        config["seed"],
    )
    log_results(loggers, result, judged.test, rows, datamodule.modality, pictures)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Writes a flat JSON object at once or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(dict(values), indent=2) + "\n", encoding="utf-8")
    os.replace(partial, path)
