"""Compares classifiers on the same test rows: differences of their figures, with intervals."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.evaluation.trade_off import trade_off
from lightning_contrast.metrics.bootstrap import bootstrap
from lightning_contrast.metrics.mcnemar import mcnemar
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share
from lightning_contrast.report.report import Section, all_figures, write_report
from lightning_contrast.rows.duplicates import content_keys


def names_of(checkpoints: Sequence[str | Path]) -> list[str]:
    """A name for each checkpoint: the folder of its run, else its file; equal names are numbered.

    >>> names_of(["runs/a/checkpoints/best.ckpt", "runs/a/checkpoints/last.ckpt", "b.ckpt"])
    ['a', 'a_last', 'b']
    """
    names: list[str] = []
    for path in map(Path, checkpoints):
        run = path.absolute().parent.parent.name if path.parent.name == "checkpoints" else ""
        own = "_".join(part for part in (run, path.stem) if part and part != "best") or "best"
        choices = (own, *(f"{own}_{number}" for number in range(2, len(names) + 2)))
        names.append(next(name for name in choices if name not in names))
    return names


def check_same_rows(subjects: Sequence[Subject]) -> None:
    """Raises ``InputError`` unless all subjects have the same test rows with the same labels."""
    for subject in subjects[1:]:
        if _test_rows(subject) != _test_rows(subjects[0]):
            raise InputError(
                f"{subject.checkpoint} has other test rows than {subjects[0].checkpoint}: compare "
                "runs on the same source and split, or name the rows with source=..."
            )


def compare(
    subjects: Mapping[str, Subject],
    figures: Mapping[str, Mapping[str, float]],
    resamples: int = 1000,
    level: float = 0.95,
) -> Findings:
    """Figures side by side, and the difference of each subject to the first.

    ``figures``: of each subject, flat. The result has them as ``NAME/FIGURE``. It also has
    ``difference/NAME/FIGURE`` for accuracy, balanced accuracy, macro F1 and ECE, with ``/low`` and
    ``/high`` of a bootstrap in which all subjects see the same resamples (Efron 1979). And
    ``difference/NAME/mcnemar_p``, the exact p of McNemar 1947: how often chance alone would divide
    the rows that one of the two gets right alone at least as unevenly. Where all were measured by
    ``protocols=efficiency``, one table and one picture show accuracy over cost.
    """
    first, *others = subjects
    flat = {f"{name}/{key}": value for name in subjects for key, value in figures[name].items()}
    if not all(
        each.network.head.answer.one_class and len(each.test.label) for each in subjects.values()
    ):
        return Findings(flat, {"figures": _side_by_side(figures)})  # none is right or wrong
    test, seed = subjects[first].test, subjects[first].seed
    judged = {name: subject.judged(subject.test) for name, subject in subjects.items()}

    def differences(weight: Tensor) -> dict[str, Tensor]:
        rates = {name: _rates(each, weight) for name, each in judged.items()}
        return {
            f"{name}/{rate}": value - rates[first][rate]
            for name in others
            for rate, value in rates[name].items()
        }

    lines: list[tuple[Cell, ...]] = []
    found = bootstrap(differences, len(test.label), resamples, seed, level)
    for name, interval in found.items():
        flat |= interval.flat(f"difference/{name}")
        who, _, rate = name.rpartition("/")
        lines.append((f"{who} − {first}", rate.replace("_", " "), *map(Share, interval)))
    counts: list[tuple[Cell, ...]] = []
    for name in others:
        here, there = judged[first].right.bool(), judged[name].right.bool()
        alone = int((here & ~there).sum()), int((there & ~here).sum())
        flat[f"difference/{name}/mcnemar_p"] = mcnemar(*alone)
        counts.append((name, *alone, mcnemar(*alone)))
    cost = trade_off({name: float(each.right.mean()) for name, each in judged.items()}, figures)
    caption = (
        f"Differences to {first}, with {100 * level:g} % bootstrap intervals of the same "
        "resampled rows."
    )
    return Findings(
        flat,
        {
            "differences": ReportTable(("", "figure", "difference", "from", "to"), lines, caption),
            "mcnemar": ReportTable(
                ("", f"only {first} is right", "only this one is right", "p"),
                counts,
                "McNemar's exact test: the test rows that one of two gets right alone.",
            ),
            **cost.tables,
            "figures": _side_by_side(figures),
        },
        cost.plots,
        main=2 + len(cost.tables),
    )


def write_comparison(
    subjects: Mapping[str, Subject], found: Mapping[str, Mapping[str, Section]], folder: Path
) -> tuple[dict[str, Section], dict[str, Path]]:
    """Compares examined subjects and writes the report; returns its sections and PNGs by name."""
    figures = {name: all_figures(sections) for name, sections in found.items()}
    sections = {"comparison": Section("Comparison", compare(subjects, figures))}
    rows = len(next(iter(subjects.values())).all_test.label)
    note = f"The same {rows:,} test rows for all."
    return sections, write_report(folder, "Comparison", note, sections)


def _rates(judged: Judged, weight: Tensor) -> dict[str, Tensor]:
    return {
        "accuracy": judged.accuracy(weight),
        "balanced_accuracy": judged.balanced_accuracy(weight),
        "macro_f1": judged.macro_f1(weight),
        "ece": judged.calibration_error(weight),
    }


def _side_by_side(figures: Mapping[str, Mapping[str, float]]) -> ReportTable:
    """All figures of all subjects, without intervals (these are in their own reports)."""
    keys = dict.fromkeys(key for flat in figures.values() for key in flat)
    shown = [key for key in keys if not key.endswith(("/low", "/high"))]
    rows = [(key, *(flat.get(key) for flat in figures.values())) for key in shown]
    return ReportTable(("figure", *figures), rows, "All figures.")


def _test_rows(subject: Subject) -> tuple[list[int], list[str]]:
    test, classes = subject.all_test, subject.classes
    keys = np.asarray(content_keys(subject.rows.raw))[test.index.numpy()].tolist()
    return keys, [classes[label] if label >= 0 else "" for label in test.label.tolist()]
