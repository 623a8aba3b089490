"""How many more errors the head makes where inputs are damaged."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.corruptions.corruption import SEVERITIES
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.damage_plots import draw_damage, draw_errors
from lightning_contrast.report.findings import Cell, Findings, Plot, ReportTable, Share
from lightning_contrast.runtime.pace import tracked

Errors = dict[str, list[float]]


class Robustness(EvaluationProtocol):
    """Errors on test rows under each corruption of the modality, at five severities.

    Figures, below ``robustness/``: ``clean_error``; ``NAME/error``, the mean over severities;
    ``mean_corruption_error``, the mean over corruptions; ``mean_error_increase``, that less the
    clean error. With a reference checkpoint also ``relative_corruption_error``, the mean over
    corruptions of the sum of errors divided by the reference's sum, and
    ``relative_error_increase``, the same of the increases over the clean error, without the
    corruptions that do the reference no harm. 1 is as robust as the reference. Hendrycks and
    Dietterich 2019 (arXiv:1903.12261), who write 100 for 1.

    Args:
        corruptions: by name; those of another modality are left out.
        only: names of the corruptions that count; None: all.
        rows: test rows that are damaged, drawn with the run's seed; None: all.
        seed: of the damage.

    Raises:
        InputError: ``only`` names what is none of the corruptions.
    """

    title = "Robustness"

    def __init__(
        self,
        corruptions: Mapping[str, Any],
        only: Sequence[str] | None = None,
        rows: Count | None = 2000,
        seed: CountFromZero = 0,
    ) -> None:
        unknown = [name for name in only or () if name not in corruptions]
        if unknown:
            raise InputError(
                f"robustness.only names {unknown[0]!r}, which is none of the corruptions: choose "
                f"among {', '.join(corruptions)}"
            )
        self.corruptions, self.only, self.rows, self.seed = corruptions, only, rows, seed

    def __call__(self, subject: Subject) -> Findings:
        modality = subject.modality
        chosen = {
            name: corruption
            for name, corruption in self.corruptions.items()
            if corruption.modality == modality.name and name in (self.only or self.corruptions)
        }
        places = subject.drawn(np.arange(len(subject.test.label)), self.rows)
        if not chosen or not len(places):
            why = "test row" if chosen else f"corruption of {modality.name}s"
            return Findings({}, notes=[f"There is no {why} to examine."])
        clean, errors = self.errors(subject, chosen, places)
        figures = _figures(clean, errors)
        reference: Errors = {}
        if subject.reference is not None:
            clean_reference, reference = self.errors(subject.reference, chosen, places)
            figures |= _relative(clean, errors, clean_reference, reference)
        lines = [
            (name.partition("/")[2].replace("_", " "), v if "relative" in name else Share(v))
            for name, v in figures.items()
            if name.count("/") == 1
        ]
        tables = {
            "figures": ReportTable(("", "test"), lines),
            "errors": _error_table(errors, reference),
        }
        plots = {"errors": Plot(lambda: draw_errors(clean, errors), "Errors by severity.")}
        row = int(subject.test.index[places[0]])
        if (images := modality.images(subject.rows.raw)) is not None:
            plots["damage"] = Plot(
                lambda: draw_damage(images, row, chosen, self.seed),
                "A test row under each corruption, from severity 1 to 5.",
            )
        else:
            tables["damage"] = self._examples(subject, chosen, row)
        note = f"On {len(places):,} of {len(subject.test.label):,} test rows."
        return Findings(figures, tables, plots, [note])

    def errors(
        self, subject: Subject, chosen: Mapping[str, Any], places: np.ndarray
    ) -> tuple[float, Errors]:
        """The error on these test rows as they are, and of each corruption at each severity."""
        test = subject.test
        rows, label = test.index.numpy()[places], test.label[places]
        clean = (test.logits[places].argmax(dim=1) != label).double().mean().item()
        found: Errors = {}
        for name in tracked(list(chosen), "corruptions", subject.quiet):
            found[name] = []
            for severity in SEVERITIES:
                raw, numbers = chosen[name].damaged(subject.rows.raw, rows, severity, self.seed)
                guess = subject.embed(raw, numbers, what=name).logits.argmax(dim=1)
                found[name].append((guess != label).double().mean().item())
        return clean, found

    def _examples(self, subject: Subject, chosen: Mapping[str, Any], row: int) -> ReportTable:
        lines: list[tuple[Cell, ...]] = [("clean", subject.modality.show(subject.rows.raw, row))]
        for name, corruption in chosen.items():
            texts, _ = corruption.damaged(subject.rows.raw, np.array([row]), 3, self.seed)
            lines.append((name.replace("_", " "), subject.modality.show(texts, 0)))
        return ReportTable(
            ("", "text"), lines, f"Test row {row} under each corruption, severity 3."
        )


def _figures(clean: float, errors: Errors) -> dict[str, float]:
    means = {name: float(np.mean(of)) for name, of in errors.items()}
    mean = float(np.mean([*means.values()]))
    return {
        "robustness/clean_error": clean,
        "robustness/mean_corruption_error": mean,
        "robustness/mean_error_increase": mean - clean,
        **{f"robustness/{name}/error": value for name, value in means.items()},
    }


def _relative(
    clean: float, errors: Errors, clean_reference: float, reference: Errors
) -> dict[str, float]:
    """
    >>> _relative(0.0, {"a": [0.2, 0.4]}, 0.1, {"a": [0.4, 0.4]})
    {'robustness/relative_corruption_error': 0.75..., 'robustness/relative_error_increase': 1.0}
    """
    found = {}
    for name, own, other in (
        ("relative_corruption_error", 0.0, 0.0),
        ("relative_error_increase", clean, clean_reference),
    ):
        pairs = [
            (sum(errors[n]) - own * len(errors[n]), sum(reference[n]) - other * len(reference[n]))
            for n in errors
        ]
        ratios = [mine / theirs for mine, theirs in pairs if theirs > 0]
        if ratios:
            found[f"robustness/{name}"] = float(np.mean(ratios))
    return found


def _error_table(errors: Errors, reference: Errors) -> ReportTable:
    columns = ["corruption", *(f"severity {s}" for s in SEVERITIES), "mean"]
    lines: list[tuple[Cell, ...]] = []
    for name, of in errors.items():
        of_each = [of, reference[name]] if reference else [of]
        means = [float(np.mean(part)) for part in of_each]
        lines.append((name.replace("_", " "), *map(Share, [*of, *means])))
    if reference:
        columns.append("reference, mean")
    return ReportTable(columns, lines, "Error, the share of test rows that are predicted wrongly.")
