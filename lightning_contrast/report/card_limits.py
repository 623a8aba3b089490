"""What a run's own figures say about how far its classifier can be trusted."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lightning_contrast.metrics.calibration import expected_calibration_error
from lightning_contrast.metrics.wilson import wilson_interval
from lightning_contrast.modalities import modality_of
from lightning_contrast.report.card_facts import Group, percent
from lightning_contrast.types import Embedded

if TYPE_CHECKING:
    from lightning_contrast.modules.classifier import ContrastiveClassifier

FEW = 30
"""Test rows of a class below which its figures are mostly chance."""


def with_interval(accuracy: float | None, rows: int) -> str:
    """
    >>> with_interval(0.9, 100), with_interval(None, 0)
    ('90.0 % (95 % interval 82.6 % to 94.5 %, 100 rows)', 'not measured, there is no test row')
    """
    if accuracy is None or not rows:
        return "not measured, there is no test row"
    low, high = wilson_interval(round(accuracy * rows), rows)
    return f"{percent(accuracy)} (95 % interval {percent(low)} to {percent(high)}, {rows} rows)"


def limits(
    config: Mapping[str, Any],
    result: Mapping[str, Any],
    module: "ContrastiveClassifier",
    test: Embedded,
    groups: Sequence[Group],
) -> list[str]:
    """One sentence a limit, those that hold for this run."""
    found = [
        f"It gives every input one of its {len(module.classes)} classes, also one that is none of "
        "them: `abstain_below` leaves unsure ones without a label, yet of a strange input it may "
        "be sure.",
        "The test rows are of the same source as the training rows: on other data expect less.",
        modality_of(module.modality).reads(module.preprocess, module.encoder),
        _calibration(result, module, test),
    ]
    few = [group for group in groups if group.test < FEW]
    if few:
        found.append(f"Fewer than {FEW} test rows, figures mostly chance: {_names(few)}.")
    seen = [group for group in groups if group.train and group.test >= FEW]
    if seen and (worst := min(seen, key=lambda group: group.recall)).recall < 1:
        found.append(f"Worst class: {worst.name}, recall {percent(worst.recall)}.")
    unseen = [group for group in groups if not group.train]
    if unseen:
        found.append(f"Without a training row, and so hardly ever predicted: {_names(unseen)}.")
    if (imbalance := result.get("distribution/imbalance", 1)) > 10:
        found.append(f"The largest class had {imbalance:.0f} times the training rows of the least.")
    if noise := result.get("distribution/noise_rate", 0):
        found.append(f"{percent(noise)} of the training labels were changed at random, on purpose.")
    if other := result.get("rows/duplicates_with_other_label", 0):
        found.append(f"{other} texts or images stand in the data with more than one label.")
    if across := result.get("rows/groups_across_splits", 0):
        found.append(f"{across} groups of rows are on both sides of the split: figures flatter.")
    found.append(f"One run, seed {config['seed']}: another seed gives other figures.")
    return found


def _calibration(result: Mapping[str, Any], module: "ContrastiveClassifier", test: Embedded) -> str:
    if module.temperature is None:
        return "Its probabilities are not calibrated: there was no labelled validation row."
    known = test.label >= 0
    logits, label = test.logits[known], test.label[known]
    before, after = (
        expected_calibration_error((logits / t).softmax(1), label) for t in (1, module.temperature)
    )
    fell = f": on test their error goes from {percent(before)} to {percent(after)}"
    return (
        f"`predict` calibrates probabilities by one temperature, {module.temperature:.2f}, fitted "
        f"on {result.get('rows/validation', 0)} validation rows{fell if len(label) else ''}. The "
        "figures above are without it."
    )


def _names(groups: Sequence[Group], most: int = 8) -> str:
    names = ", ".join(group.name for group in groups[:most])
    return names + (f" and {len(groups) - most} more" if len(groups) > most else "")
