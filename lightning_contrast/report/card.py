"""``model_card.md``: what a trained classifier is, for whoever is to use it."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.report.card_facts import (
    baselines,
    by_class,
    data_notes,
    metrics,
    recipe,
    told,
)
from lightning_contrast.report.card_limits import limits, with_interval
from lightning_contrast.report.card_page import PAGE
from lightning_contrast.report.findings import shown
from lightning_contrast.rows.paths import listing

if TYPE_CHECKING:
    from lightning_contrast.evaluation.subject import Subject
    from lightning_contrast.report.report import Section


def write_model_card(
    path: Path, subject: "Subject", result: Mapping[str, Any], found: Mapping[str, "Section"]
) -> None:
    """Writes the card of a run: data, recipe, metrics, groups, limits, all taken from the run.

    ``subject``: its classifier with the data; ``result``: the flat figures of ``result.json``;
    ``found``: the sections of its report, of which ``fairness`` tells of groups of rows.
    """
    from jinja2 import Environment

    module, datamodule, config = subject.module, subject.datamodule, subject.config
    splits, test = datamodule.splits, subject.test
    assert splits is not None
    groups = by_class(module.classes, splits.labelled.label[splits.train], test)
    tested = sum(group.test for group in groups)
    environment = Environment(trim_blocks=True, keep_trailing_newline=True)
    environment.filters["shown"] = shown
    page = environment.from_string(PAGE)
    text = page.render(
        name=config["name"],
        modality=module.modality,
        classes=module.classes,
        names=listing(module.classes, most=20),
        date=datetime.now(UTC).date().isoformat(),
        version=version("lightning-contrast"),
        source=told(config["source"]),
        rows=datamodule.counts,
        notes=data_notes(datamodule.counts, splits.distribution),
        recipe=recipe(config, result),
        accuracy=with_interval(result.get("test/accuracy"), tested),
        metrics=metrics(result),
        baselines=baselines(result),
        groups=groups,
        attributes=list(found["fairness"].findings.tables.values()) if "fairness" in found else [],
        limits=limits(config, result, module, test, groups),
    )
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
