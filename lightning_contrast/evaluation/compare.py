"""Several classifiers on the same test rows: what differs, and by how much for certain."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import bootstrap
from lightning_contrast.metrics.mcnemar import mcnemar
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.report.findings import Cell, Findings, Share, Table
from lightning_contrast.report.report import Section, all_figures, write_report
from lightning_contrast.rows.duplicates import content_keys

RATES = ("accuracy", "balanced_accuracy", "macro_f1", "ece")


def names_of(checkpoints: Sequence[str | Path]) -> list[str]:
    """A name for each checkpoint: the folder of its run, else the file's; numbered where equal.

    >>> names_of(["runs/a/checkpoints/best.ckpt", "runs/a/checkpoints/last.ckpt", "b.ckpt"])
    ['a', 'a_last', 'b']
    """
    names: list[str] = []
    for path in map(Path, checkpoints):
        run = path.absolute().parent.parent.name if path.parent.name == "checkpoints" else ""
        own = "_".join(part for part in (run, path.stem) if part and part != "best") or "best"
        number = next(i for i in range(1, len(names) + 2) if _numbered(own, i) not in names)
        names.append(_numbered(own, number))
    return names


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}_{number}"


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

    ``figures``: of each subject, flat. The result has them as ``NAME/FIGURE``, and
    ``difference/NAME/FIGURE`` for accuracy, balanced accuracy, macro F1 and ECE, with ``/low`` and
    ``/high`` of a bootstrap in which all subjects see the same resamples (Efron 1979), and
    ``difference/NAME/mcnemar_p``: of the rows that one of the two gets right alone, is the split
    by chance? (McNemar 1947, exact.)
    """
    names, first = list(subjects), next(iter(subjects.values()))
    judged = {
        name: Judged(subject.probabilities(subject.test), subject.test.label)
        for name, subject in subjects.items()
    }

    def differences(weight: Tensor) -> dict[str, Tensor]:
        rates = {name: _rates(judged[name], weight) for name in names}
        return {
            f"{name}/{rate}": rates[name][rate] - rates[names[0]][rate]
            for name in names[1:]
            for rate in RATES
        }

    found = bootstrap(differences, len(first.test.label), resamples, first.seed, level)
    flat = {f"{name}/{key}": value for name in names for key, value in figures[name].items()}
    lines: list[tuple[Cell, ...]] = []
    for name, interval in found.items():
        flat[f"difference/{name}"] = interval.value
        flat |= {f"difference/{name}/low": interval.low, f"difference/{name}/high": interval.high}
        who, _, rate = name.rpartition("/")
        lines.append((f"{who} − {names[0]}", rate.replace("_", " "), *map(Share, interval)))
    counts: list[tuple[Cell, ...]] = []
    for name in names[1:]:
        here, there = judged[names[0]].right.bool(), judged[name].right.bool()
        only_first, only_other = int((here & ~there).sum()), int((there & ~here).sum())
        p = mcnemar(only_first, only_other)
        flat[f"difference/{name}/mcnemar_p"] = p
        counts.append((name, only_first, only_other, p))
    return Findings(
        flat,
        {
            "differences": Table(
                ("", "figure", "difference", "from", "to"),
                lines,
                f"Differences to {names[0]}, with {100 * level:g} % bootstrap intervals of the "
                "same resampled rows.",
            ),
            "mcnemar": Table(
                ("", f"only {names[0]} is right", "only this one is right", "p"),
                counts,
                "McNemar's exact test: the test rows that one of two gets right alone.",
            ),
            "figures": _side_by_side(figures),
        },
    )


def write_comparison(
    subjects: Mapping[str, Subject],
    found: Mapping[str, Mapping[str, Section]],
    folder: Path,
) -> tuple[dict[str, Section], dict[str, Path]]:
    """Compares examined subjects and writes the report; returns its sections and PNGs by name."""
    figures = {name: all_figures(sections) for name, sections in found.items()}
    sections = {"comparison": Section("Comparison", compare(subjects, figures))}
    rows = len(next(iter(subjects.values())).test.label)
    note = f"The same {rows:,} test rows for all."
    return sections, write_report(folder, "Comparison", note, sections)


def _rates(judged: Judged, weight: Tensor) -> dict[str, Tensor]:
    return {
        "accuracy": judged.accuracy(weight),
        "balanced_accuracy": judged.balanced_accuracy(weight),
        "macro_f1": judged.macro_f1(weight),
        "ece": judged.calibration_error(weight),
    }


def _side_by_side(figures: Mapping[str, Mapping[str, float]]) -> Table:
    """Every figure that one of the subjects has; intervals are left to their own reports."""
    keys = dict.fromkeys(key for flat in figures.values() for key in flat)
    shown = [key for key in keys if not key.endswith(("/low", "/high"))]
    rows = [(key, *(flat.get(key) for flat in figures.values())) for key in shown]
    return Table(("figure", *figures), rows, "All figures.")


def _test_rows(subject: Subject) -> tuple[list[int], list[str]]:
    index = subject.test.index.numpy()
    keys = np.asarray(content_keys(subject.rows.raw))[index].tolist()
    return keys, [subject.classes[label] for label in subject.test.label.tolist()]
