"""Strict scores of tagged spans."""

import warnings
from collections.abc import Sequence

from lightning_contrast.errors import missing_extra

Tags = Sequence[Sequence[str]]


def span_scores(gold: Tags, predicted: Tags) -> dict[str, float]:
    """Precision, recall and F1 of whole spans: both borders and the type must be right.

    ``span_precision``, ``span_recall``, ``span_f1`` over all spans, and ``span_f1/TYPE``, by
    ``seqeval`` with ``mode="strict", scheme=IOB2`` (its default is lenient). Empty if neither side
    has a span. Raises ``InputError`` if seqeval is not installed.

    Source: Ramshaw and Marcus 1995 (IOB tags); Nakayama 2018 (seqeval).

    >>> scores = span_scores([["B-a", "I-a", "O"]], [["B-a", "O", "O"]])
    >>> scores["span_f1"], scores["span_f1/a"]
    (0.0, 0.0)
    """
    try:
        from seqeval.metrics import classification_report
        from seqeval.scheme import IOB2
    except ImportError as error:
        raise missing_extra("seqeval", "entities") from error
    tags = {tag for side in (gold, predicted) for row in side for tag in row}
    if tags <= {"O"}:
        return {}
    with warnings.catch_warnings():  # a type that one side lacks scores 0 without a warning
        warnings.simplefilter("ignore")
        report = classification_report(
            [list(row) for row in gold],
            [list(row) for row in predicted],
            mode="strict",
            scheme=IOB2,
            output_dict=True,
            zero_division=0,
        )
    over = report["micro avg"]
    names = {"precision": "precision", "recall": "recall", "f1-score": "f1"}
    found = {f"span_{short}": float(over[name]) for name, short in names.items()}
    types = [name for name in report if not name.endswith(" avg")]
    return found | {f"span_f1/{name}": float(report[name]["f1-score"]) for name in types}
