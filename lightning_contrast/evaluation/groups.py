"""The figures of a classifier on groups of rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from lightning_contrast.errors import missing_extra
from lightning_contrast.metrics.group_rates import Rates, rates
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.metrics.wilson import wilson_interval


class RowGroup(NamedTuple):
    """Rows with one value of an attribute.

    ``low`` and ``high``: Wilson interval of the accuracy; ``small``: too few rows to be compared.
    """

    name: str
    rows: int
    accuracy: float
    low: float
    high: float
    rates: Rates
    ece: float
    small: bool


def groups_of(
    values: np.ndarray, judged: Judged, positive: list[int], min_rows: int
) -> list[RowGroup]:
    """All groups, the largest first.

    ``values (N,)`` are texts, ``judged`` the predictions for the rows; ``positive``: numbers of the
    classes whose rates are measured; groups of fewer than ``min_rows`` rows are small.

    >>> chances = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])
    >>> judged = Judged(chances, torch.tensor([0, 1, 1]))
    >>> found = groups_of(np.array(["f", "m", "m"]), judged, [1], min_rows=2)
    >>> [(group.name, group.rows, group.accuracy, group.small) for group in found]
    [('m', 2, 0.5, False), ('f', 1, 1.0, True)]
    """
    names, number, counts = np.unique(values, return_inverse=True, return_counts=True)
    found = []
    for place in np.argsort(-counts, kind="stable"):
        within = torch.from_numpy(number == place)
        own, predicted = judged.label[within], judged.predicted[within]
        hits, count = int((own == predicted).sum()), len(own)
        group = RowGroup(
            str(names[place]),
            count,
            hits / count,
            *wilson_interval(hits, count),
            rates(own.numpy(), predicted.numpy(), positive),
            judged.calibration_error(within.double()[None]).item(),
            count < min_rows,
        )
        found.append(group)
    return found


def gaps(groups: list[RowGroup]) -> dict[str, float]:
    """Worst accuracy, and the gap (largest minus smallest) of every rate, without small groups.

    A gap is left out if fewer than two groups have the rate.
    """
    large = [group for group in groups if not group.small]
    found: dict[str, float] = {"groups": len(groups), "small_groups": len(groups) - len(large)}
    if large:
        found["worst_accuracy"] = min(group.accuracy for group in large)
    columns: dict[str, Sequence[float | None]] = {
        "accuracy": [group.accuracy for group in large],
        "f1": [group.rates.f1 for group in large],
        "false_positive": [group.rates.false_positive for group in large],
        "false_negative": [group.rates.false_negative for group in large],
        "ece": [group.ece for group in large],
    }
    for name, column in columns.items():
        known = [value for value in column if value is not None]
        if len(known) > 1:
            found[f"{name}_gap"] = max(known) - min(known)
    return found


def differences(
    values: np.ndarray, label: np.ndarray, predicted: np.ndarray, positive: list[int]
) -> dict[str, float]:
    """Demographic parity and equalised odds differences between the groups (fairlearn).

    It is the largest over the classes ``positive``, each against the rest. A single group has no
    differences. A class has no equalised odds if some group has no row of it, or no other rows.

    Raises:
        InputError: ``fairlearn`` is not installed.

    >>> both = np.array([0, 1, 0, 1])
    >>> differences(np.array(["f", "f", "m", "m"]), both, np.array([0, 1, 1, 1]), [1])
    {'demographic_parity_difference': 0.5, 'equalized_odds_difference': 1.0}
    """
    try:
        from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
    except ImportError as error:
        raise missing_extra("fairlearn", "fairness") from error
    members = [values == name for name in np.unique(values).tolist()]
    if len(members) < 2:
        return {}
    parity, odds = [], []
    for number in positive:
        true, said = label == number, predicted == number
        parity.append(demographic_parity_difference(true, said, sensitive_features=values))
        if all(true[rows].any() and not true[rows].all() for rows in members):
            odds.append(equalized_odds_difference(true, said, sensitive_features=values))
    found = {"demographic_parity_difference": parity, "equalized_odds_difference": odds}
    return {name: float(max(column)) for name, column in found.items() if column}
