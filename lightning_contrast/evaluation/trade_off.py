"""Compares accuracy and cost of several classifiers in one table and one plot."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_contrast.report.findings import Findings, Plot, ReportTable, Share
from lightning_contrast.report.style import INK, colours, new_figure, percent, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPEED = "samples_per_second"


class Offer(NamedTuple):
    """A classifier: test accuracy, rows a second, parameters, bytes of all its weights."""

    name: str
    accuracy: float
    speed: float
    parameters: int
    size: int


def trade_off(
    accuracy: Mapping[str, float], figures: Mapping[str, Mapping[str, float]]
) -> Findings:
    """Accuracy and cost of classifiers that ``protocols=efficiency`` has measured.

    ``accuracy``: accuracy of each on the test rows; ``figures``: flat figures of each. The speed is
    that of the largest batch with which all were timed. Empty if one of them was not measured.

    >>> cost = {"efficiency/parameters": 10, "efficiency/parameter_bytes": 40,
    ...         "efficiency/batch_8/samples_per_second": 100.0}
    >>> trade_off({"a": 0.9, "b": 0.8}, {"a": cost, "b": cost}).tables["trade_off"].rows[1]
    ('b', 0.8, 100, 1.0, 10, 40, 1.0)
    """
    timed = [{_batch(key) for key in flat if key.endswith(SPEED)} for flat in figures.values()]
    common = set.intersection(*timed) - {0}
    if not common or not all("efficiency/parameter_bytes" in flat for flat in figures.values()):
        return Findings({})
    batch = max(common)
    offers = [
        Offer(
            name,
            accuracy[name],
            flat[f"efficiency/batch_{batch}/{SPEED}"],
            int(flat["efficiency/parameters"]),
            int(flat["efficiency/parameter_bytes"]),
        )
        for name, flat in figures.items()
    ]
    first = offers[0]
    lines = [
        (
            offer.name,
            Share(offer.accuracy),
            round(offer.speed),
            offer.speed / first.speed,
            offer.parameters,
            offer.size,
            offer.size / first.size,
        )
        for offer in offers
    ]
    head = ("", "accuracy", "rows a second", f"times {first.name}", "parameters", "bytes")
    caption = f"From raw rows to probabilities, {batch} at a time; bytes of all weights."
    return Findings(
        {},
        {"trade_off": ReportTable((*head, f"of {first.name}"), lines, caption)},
        {"trade_off": Plot(lambda: draw(offers), "Area of a point: bytes of all weights.")},
    )


def draw(offers: Sequence[Offer]) -> "Figure":
    """Accuracy over rows a second, on a logarithmic axis: up and to the right is better."""
    figure = new_figure(7, 4.2)
    axes = figure.subplots()
    largest = max(offer.size for offer in offers)
    for offer, colour in zip(offers, colours(len(offers)), strict=True):
        area = 30 + 600 * offer.size / largest
        axes.scatter(offer.speed, offer.accuracy, s=area, color=colour, alpha=0.6)
        place: Any = {"xytext": (0, 6 + area**0.5 / 2), "textcoords": "offset points"}
        label = f"{plain(offer.name)}, {_megabytes(offer.size)}"
        axes.annotate(
            label, (offer.speed, offer.accuracy), **place, ha="center", color=INK, fontsize=9
        )
    axes.set_xscale("log")
    axes.margins(0.25, 0.35)
    axes.set_xlabel("rows a second")
    axes.set_title("accuracy")
    axes.yaxis.set_major_formatter(percent)
    low, high = axes.get_ylim()
    axes.set_yticks([tick for tick in axes.get_yticks() if low <= tick <= min(high, 1)])
    axes.set_axisbelow(True)
    axes.grid()
    return figure


def _megabytes(size: int) -> str:
    """Bytes as a person says them.

    >>> _megabytes(90_000_000), _megabytes(38_400)
    ('90.0 MB', '38.4 kB')
    """
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.1f} kB"


def _batch(key: str) -> int:
    """The batch size in the name of a figure of speed; 0 for another figure.

    >>> _batch("efficiency/batch_256/samples_per_second"), _batch("efficiency/flops")
    (256, 0)
    """
    parts = key.split("/")
    known = len(parts) == 3 and parts[1].startswith("batch_") and parts[2] == SPEED
    return int(parts[1].removeprefix("batch_")) if known else 0
