"""The limits of a classifier, from the figures of its run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from lightning_contrast.errors import listing
from lightning_contrast.metrics.wilson import wilson_interval
from lightning_contrast.modalities import modality_of
from lightning_contrast.report.card_facts import percent
from lightning_contrast.report.classes import ClassScore
from lightning_contrast.report.markdown import Markdown, escaped

FEW = 30
"""Test rows of a class below which its figures are mostly chance."""


class Trained(Protocol):
    """The attributes of a ``modules.network.Network`` that are read here."""

    modality: Any
    classes: Any
    preprocess: Any
    encoder: Any
    head: Any
    temperature: float | None


def with_interval(accuracy: float | None, rows: int) -> str:
    """
    >>> with_interval(0.9, 100), with_interval(None, 0)
    ('90.00 % (95 % interval 82.56 % to 94.48 %, 100 rows)', 'not measured, there is no test row')
    """
    if accuracy is None or not rows:
        return "not measured, there is no test row"
    low, high = wilson_interval(round(accuracy * rows), rows)
    return f"{percent(accuracy)} (95 % interval {percent(low)} to {percent(high)}, {rows} rows)"


def limits(
    config: Mapping[str, Any],
    result: Mapping[str, Any],
    network: Trained,
    scores: Sequence[ClassScore],
) -> list[Markdown]:
    """The limits that hold for this run, each one or two sentences."""
    found = [
        "The test rows are of the same source as the training rows: on other data expect less.",
        modality_of(network.modality).reads(network.preprocess, network.encoder),
    ]
    if scores:
        found = [
            _strange_inputs(network),
            *found,
            _calibration(result, network.temperature),
            *_of_classes(scores),
        ]
    if (imbalance := result.get("distribution/imbalance", 1)) > 10:
        found.append(f"The largest class had {imbalance:.0f} times the training rows of the least.")
    if noise := result.get("distribution/noise_rate", 0):
        found.append(f"{percent(noise)} of the training labels were changed at random, on purpose.")
    for kind, count in (("", "duplicates"), (" nearly the same", "near_duplicates")):
        if other := result.get(f"rows/{count}_with_other_label", 0):
            found.append(f"{other}{kind} texts or images have several labels in the data.")
    if across := result.get("rows/groups_across_splits", 0):
        found.append(
            f"{across} groups of related rows have rows in training and in test, which makes the "
            "figures too high."
        )
    found.append(f"One run, seed {config['seed']}: another seed gives other figures.")
    return [Markdown(line) for line in found]


def _of_classes(scores: Sequence[ClassScore]) -> Iterator[str]:
    if few := [score for score in scores if score.test < FEW]:
        yield f"Fewer than {FEW} test rows, figures mostly chance: {_names(few)}."
    measured = [score for score in scores if score.train and score.test >= FEW]
    if measured and (worst := min(measured, key=lambda score: score.recall)).recall < 1:
        yield f"Worst class: {escaped(worst.name)}, recall {percent(worst.recall)}."
    if unseen := [score for score in scores if not score.train]:
        yield f"Without a training row, and so hardly ever predicted: {_names(unseen)}."


def _strange_inputs(network: Trained) -> str:
    count = len(network.classes)
    if network.head.answer.of_places:
        return (
            f"It may take for one of its {count} classes what is of none. `abstain_below` leaves "
            "out what is less probable, but the probability may be high in a strange input."
        )
    return (
        f"It gives every input one of its {count} classes, even if none of them is right. With "
        "`abstain_below` inputs of low confidence get no label, but the confidence may be high for "
        "a strange input."
    )


def _calibration(result: Mapping[str, Any], temperature: float | None) -> str:
    if temperature is None:
        none = "" if result.get("rows/validation") else ": there was no validation row"
        return f"Its probabilities are not calibrated{none}."
    before, after = (percent(result.get(f"test/{key}")) for key in ("ece_uncalibrated", "ece"))
    fell = f": on test their error goes from {before} to {after}" if "test/ece" in result else ""
    return (
        f"`predict` calibrates probabilities by one temperature, {temperature:.2f}, fitted on "
        f"{result.get('rows/validation', 0)} validation rows{fell}."
    )


def _names(scores: Sequence[ClassScore]) -> str:
    return escaped(listing([score.name for score in scores]))
