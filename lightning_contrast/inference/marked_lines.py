"""Marked texts as JSON lines or a table."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from lightning_contrast.files.row import Row
from lightning_contrast.inference.lines import Lines, of_row
from lightning_contrast.modules.marking import MarkedSpan, marked


class MarkedLines(Lines):
    """A line for each text, as ``source=spans`` reads them; in a table one for each span, so none
    for a text without. Spans that are less probable than ``least`` are left out."""

    of_places = True

    def records(self, rows: Sequence[Row], features: Tensor) -> list[dict[str, Any]]:
        texts = [row.raw for row in rows]
        found = marked(self.network, texts, features, self.least or 0.0)
        return [
            {**of_row(row), "spans": [span._asdict() for span in spans]}
            for row, spans in zip(rows, found, strict=True)
        ]

    def columns(self, record: dict[str, Any]) -> list[str]:
        return [*self._own(record), *MarkedSpan._fields]

    def cells(self, record: dict[str, Any]) -> Iterator[list[Any]]:
        own = self._own(record).values()
        return ([*own, *span.values()] for span in record["spans"])

    def _own(self, record: dict[str, Any]) -> dict[str, Any]:
        return {name: record[name] for name in ("row", "id") if name in record}
