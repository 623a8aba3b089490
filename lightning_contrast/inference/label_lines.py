"""Labels and probabilities as JSON lines or a table."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from lightning_contrast.files.row import Row
from lightning_contrast.inference.lines import Lines, of_row
from lightning_contrast.modules.prediction import Prediction

JOINED = "; "  # between the labels of a row that has several


class LabelLines(Lines):
    """A line for each row; in a table each class has a column ``probability/CLASS``.

    The label is empty where it is less probable than ``least``; ``unsure`` counts such rows.
    """

    def records(self, rows: Sequence[Row], features: Tensor) -> list[dict[str, Any]]:
        answers = self.network.decide(features, self.least)
        self.unsure += sum(answer.label is None for answer in answers)
        return [record(*pair) for pair in zip(rows, answers, strict=True)]

    def columns(self, record: dict[str, Any]) -> list[str]:
        *names, chances = record
        return [*names, *(f"probability/{name}" for name in record[chances])]

    def cells(self, record: dict[str, Any]) -> Iterator[list[Any]]:
        *cells, chances = record.values()
        said = [JOINED.join(cell) if isinstance(cell, list) else cell for cell in cells]
        yield [*said, *chances.values()]


def record(row: Row, answer: Prediction) -> dict[str, Any]:
    """``of_row``, ``label``, ``match`` (if it is known), ``probabilities``.

    >>> record(Row(3, "a text"), Prediction("cat", {"cat": 1.0}))
    {'row': 3, 'input': 'a text', 'label': 'cat', 'probabilities': {'cat': 1.0}}
    """
    found = without_none({"match": answer.match})
    return {**of_row(row), "label": answer.label, **found, "probabilities": answer.probabilities}


def without_none(record: dict[str, Any]) -> dict[str, Any]:
    """A record without its ``match``, if that is None.

    >>> without_none({"label": None, "match": None})
    {'label': None}
    """
    return {name: value for name, value in record.items() if name != "match" or value is not None}
