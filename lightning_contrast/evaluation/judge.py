"""Evaluates a trained classifier: figures, protocols, report and ``result.json``."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import yaml

from lightning_contrast.data.graded import cosines_and_scores
from lightning_contrast.data.sides import both_ways, embed_sides
from lightning_contrast.data.tagged import tagged_split
from lightning_contrast.evaluation.overview import overview
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.evaluation.summary import summarize
from lightning_contrast.metrics.correlation import correlations
from lightning_contrast.metrics.geometry import effective_rank, uniformity
from lightning_contrast.metrics.multi_label import level_figures, set_figures
from lightning_contrast.metrics.some_rows import some_rows
from lightning_contrast.report.findings import Findings
from lightning_contrast.report.report import Section, all_figures, write_json, write_report
from lightning_contrast.report.tiles import tiles
from lightning_contrast.rows.label_sets import depths_of
from lightning_contrast.runtime.pace import tracked
from lightning_contrast.types import Answer


class Examination(Protocol):
    """A protocol, as ``protocols.protocol.EvaluationProtocol`` describes it."""

    title: Any
    judges: Any

    def __call__(self, subject: Subject) -> Findings: ...


Protocols = Mapping[str, Examination]


def fit_head(subject: Subject) -> dict[str, float]:
    """Fits a head with ``refit`` to the features of the training rows.

    Returns ``train/head_cpu_seconds``, or nothing if the head is not fitted.
    """
    if not subject.network.head.refit or not len(subject.train.label):
        return {}
    start = time.process_time()
    subject.fit_head()
    return {"train/head_cpu_seconds": time.process_time() - start}


def judge(subject: Subject) -> dict[str, float]:
    """Metrics of validation and test under stable names, ``test/accuracy`` and the like; of a head
    that decides nothing those of rows and their partners alone, and without classes how the
    embedding lies."""
    figures = _of_partners(subject)
    if not subject.network.classes:
        figures |= _of_geometry(subject)
    of_split = OF_SPLIT.get(subject.network.head.answer)
    if of_split is not None:
        for name in ("validation", "test"):
            found = of_split(subject, name)
            figures |= {f"{name}/{metric}": value for metric, value in found.items()}
    return figures


def _of_classes(subject: Subject, name: str) -> dict[str, float]:
    return summarize(
        subject.train,
        getattr(subject, name),
        subject.classes,
        subject.temperature,
        by_frequency=subject.trained_on,
        similarity=subject.network.similarity,
    )


def _of_labels(subject: Subject, name: str) -> dict[str, float]:
    split, thresholds = getattr(subject, name), subject.network.head.thresholds.cpu()
    of = split.logits.sigmoid(), thresholds, subject.truth(split)
    return set_figures(*of) | level_figures(*of, depths_of(subject.classes))


def _of_spans(subject: Subject, name: str) -> dict[str, float]:
    split = getattr(subject, name)
    scores = tagged_split(split, subject.classes).scores
    if not len(split.label):  # of tokens
        return scores
    right = split.logits.argmax(1) == split.label
    return {"accuracy": right.double().mean().item(), **scores}


def _of_boxes(subject: Subject, name: str) -> dict[str, float]:
    return subject.boxes(name).scores(subject.classes)


OF_SPLIT = {
    Answer.CLASS: _of_classes,
    Answer.LABELS: _of_labels,
    Answer.SPANS: _of_spans,
    Answer.BOXES: _of_boxes,
}


def _of_geometry(subject: Subject) -> dict[str, float]:
    """How evenly the embedding covers the sphere, and how many directions it uses; no label is
    looked at."""
    figures: dict[str, float] = {}
    for name, split in {"validation": subject.all_validation, "test": subject.all_test}.items():
        rows, _ = some_rows(split.embedding, split.label)
        if len(rows) > 1:
            figures[f"{name}/uniformity"] = uniformity(rows)
            figures[f"{name}/effective_rank"] = effective_rank(rows).item()
    return figures


def _of_partners(subject: Subject) -> dict[str, float]:
    """Retrieval between rows and their partners, such as pictures and captions; of pairs with
    scores the correlation with these."""
    splits = subject.datamodule.splits
    assert splits is not None
    figures: dict[str, float] = {}
    for name, rows in {"validation": splits.validation, "test": splits.test}.items():
        of = subject.network, subject.datamodule, rows, subject.quiet
        if graded := cosines_and_scores(*of):
            found = correlations(graded.cosine, graded.score)
            figures |= {f"{name}/{key}": value for key, value in found.items()}
        elif sides := embed_sides(*of):
            for way, found in both_ways(sides, splits.labelled).items():
                figures |= {f"{name}/{way}_{key}": found[key] for key in ("recall_at_1", "map")}
    return figures


def examine(subject: Subject, protocols: Protocols) -> dict[str, Section]:
    """What each protocol finds, by its name; those of other heads are left out."""
    found, left_out = {}, []
    for name in tracked(list(protocols), "protocols", subject.quiet):
        protocol = protocols[name]
        if subject.network.head.answer in protocol.judges:
            found[name] = Section(protocol.title, protocol(subject))
        else:
            left_out.append(name)
    if left_out:
        own = sorted({*(subject.config.get("protocols") or {})} - {*protocols})
        mend = f" It was trained with others: set protocols=[{','.join(own)}]." if own else ""
        said, names = subject.network.head.answer.value, ", ".join(left_out)
        note = f"The run's head says {said}, which these protocols do not judge: {names}.{mend}"
        found["left_out"] = Section("Left out", Findings({}, notes=[note]))
    return found


def publish(
    subject: Subject, result: dict[str, Any], protocols: Protocols
) -> tuple[dict[str, Section], dict[str, Path]]:
    """Completes and writes ``result``; runs the protocols on the subject, and writes the report.

    ``result`` gets the figures that the protocols find, too.

    ``result.json``, ``report.html`` and ``evaluation/`` go to the subject's directory. Returns the
    sections of the report and its PNGs by name.
    """
    datamodule, config = subject.datamodule, subject.config
    assert datamodule.splits is not None
    result |= {
        "seed": subject.seed,
        "parameters": sum(p.numel() for p in subject.network.parameters()),
    }
    result |= {f"rows/{name}": number for name, number in datamodule.counts.items()}
    result |= {f"unseen/{name}": line for name, line in datamodule.unseen.items()}
    shaped = {f"distribution/{k}": value for k, value in datamodule.splits.distribution.items()}
    result |= shaped
    write_json(subject.directory / "result.json", result)
    subject.result = result
    counts = {**subject.rows.counts, **datamodule.counts, **shaped}
    csv = subject.directory / "logs" / "metrics.csv"
    sections = {"run": Section("Run", overview(subject, result, counts, csv))}
    sections |= examine(subject, protocols)
    judged = counts.get("test_judged", counts["test"])
    result |= all_figures(sections)
    write_json(subject.directory / "result.json", result)
    pictures = write_report(
        subject.directory / "evaluation",
        config["name"],
        f"{len(subject.classes) or 'No'} classes, {judged:,} test rows.",
        sections,
        tiles(result),
        yaml.safe_dump(dict(config), sort_keys=False),
    )
    # The page needs no other file: a copy goes to the top of the run's folder.
    shutil.copyfile(subject.directory / "evaluation/report.html", subject.directory / "report.html")
    return sections, pictures
