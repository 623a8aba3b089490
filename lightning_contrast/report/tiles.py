"""The figures at the top of a report."""

from collections.abc import Mapping
from typing import Any

from lightning_contrast.report.findings import Cell
from lightning_contrast.report.table import METRICS, metric_cell

_TILES = (
    "to_partner_recall_at_1",
    "from_partner_recall_at_1",
    "spearman",
    "pearson",
    "ap50",
    "ap",
    "span_f1",
    "span_precision",
    "span_recall",
    "accuracy",
    "micro_f1",
    "macro_f1",
    "label_map",
    "knn_accuracy",
    "map_at_r",
    "ece",
    "effective_rank",
)


def tiles(result: Mapping[str, Any]) -> dict[str, Cell]:
    """The figures at the top of a report.

    >>> tiles({"test/accuracy": 0.5})
    {'accuracy, test': 0.5}
    """
    cells = {f"{METRICS[name]}, test": metric_cell(result, "test", name) for name in _TILES}
    return {label: cell for label, cell in cells.items() if cell is not None}
