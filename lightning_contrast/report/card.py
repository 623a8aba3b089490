"""``model_card.md``: describes a trained classifier for its users."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import torch

from lightning_contrast.errors import listing
from lightning_contrast.report.card_facts import data_notes, recipe, told
from lightning_contrast.report.card_limits import limits, with_interval
from lightning_contrast.report.card_page import PAGE
from lightning_contrast.report.classes import by_class, class_table
from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.markdown import escaped, markdown_table
from lightning_contrast.report.report import Section
from lightning_contrast.report.table import baselines_table, figures_table
from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.types import Answer, Embedded


class CardSubject(Protocol):
    """The attributes of an ``evaluation.subject.Subject`` that a card reads."""

    network: Any
    datamodule: Any
    config: Mapping[str, Any]

    @property
    def test(self) -> Embedded: ...


def write_model_card(
    path: Path, subject: CardSubject, result: Mapping[str, Any], found: Mapping[str, Section]
) -> None:
    """Writes the card of a run: data, recipe, metrics, groups, limits, all taken from the run.

    ``subject``: its classifier with the data; ``result``: the flat figures of ``result.json``;
    ``found``: the sections of its report; ``fairness`` is about groups of rows.
    """
    from jinja2 import Environment

    network, datamodule, config = subject.network, subject.datamodule, subject.config
    splits = datamodule.splits
    test = subject.test
    trained = {} if network.classes else {"head": None}  # without labels none was made
    classes = network.classes if network.head.answer.of_classes else []
    if not network.head.answer.one_class:  # its logits mean nothing
        test = test._replace(label=-torch.ones_like(test.label))
    scores = by_class(classes, datamodule.trained_labels(), test)
    beside, groups = baselines_table(result), found.get("fairness")
    tables = groups.findings.tables.values() if groups else []
    environment = Environment(trim_blocks=True, keep_trailing_newline=True, finalize=escaped)
    text = environment.from_string(PAGE).render(
        name=config["name"],
        modality=network.modality,
        classes=classes,
        makes=network.makes,
        tags=network.head.answer.of_places,
        boxes=network.head.answer is Answer.BOXES,
        names=listing(network.classes, most=20),
        date=datetime.now(UTC).date().isoformat(),
        version=version("lightning-contrast"),
        source=told(config["source"]),
        rows=datamodule.counts,
        notes=data_notes(datamodule.counts, splits.distribution),
        unseen=datamodule.unseen.values(),
        recipe=markdown_table(recipe({**config, **trained}, result)),
        accuracy=with_interval(result.get("test/accuracy"), sum(score.test for score in scores)),
        metrics=markdown_table(_measured(result, found)),
        baselines=markdown_table(beside) if beside.rows else "",
        scores=markdown_table(class_table(scores)),
        attributes=[(table.caption, markdown_table(table)) for table in tables],
        limits=limits(config, result, network, scores),
    )
    write_text(path, text)


def _measured(result: Mapping[str, Any], found: Mapping[str, Section]) -> ReportTable:
    """The figures of the run; where it has none, what its protocols found."""
    if (own := figures_table(result)).rows:
        return own
    lines = [
        (name.removeprefix(f"{key}/").replace("_", " "), value)
        for key, section in found.items()
        for name, value in section.findings.figures.items()
        if name.startswith(f"{key}/") and name.count("/") == 1
    ]
    return ReportTable(("", "test"), lines)
