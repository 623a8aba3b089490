"""A prediction with the training rows beside it, as JSON or for the terminal."""

from typing import NamedTuple

from lightning_contrast.errors import on_one_line
from lightning_contrast.files.row import Row
from lightning_contrast.inference.label_lines import JOINED, without_none
from lightning_contrast.inference.lines import JSON, of_row, shown
from lightning_contrast.inference.neighbours import Neighbour
from lightning_contrast.modules.prediction import Prediction


class SearchResult(NamedTuple):
    """A query, its prediction, and its nearest training rows, the nearest first."""

    query: Row
    answer: Prediction
    neighbours: list[Neighbour]

    @property
    def label(self) -> str | None:
        """The predicted class, or all labels; None of a network without a head."""
        label = self.answer.label
        return JOINED.join(label) if isinstance(label, list) else label

    @property
    def probability(self) -> float | None:
        return self.answer.probabilities.get(self.label or "")


def as_json(found: SearchResult) -> str:
    """One line: ``row``, ``input``, ``label``, ``probability``, and ``neighbours``, each with
    ``row``, ``label``, ``similarity``, ``input`` and, of another kind than the query, ``match``."""
    record = {
        **of_row(found.query),
        "label": found.label,
        "probability": found.probability,
        "neighbours": [without_none(each._asdict()) for each in found.neighbours],
    }
    return JSON.encode(record) + "\n"


def print_found(found: SearchResult, limit: int = 160) -> None:
    """The query, its prediction, how many neighbours agree, and a table of them."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    agree = sum(neighbour.label == found.label for neighbour in found.neighbours)
    console = Console(highlight=False)
    console.print(Text(_short(shown(found.query), limit), style="bold"))
    if found.probability is not None:
        console.print(
            f"{on_one_line(found.label)}, {100 * found.probability:.1f} %; "
            f"{agree} of {len(found.neighbours)} nearest training rows agree",
            markup=False,
        )
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("cosine", justify="right")
    table.add_column("label")
    matched = any(neighbour.match is not None for neighbour in found.neighbours)
    if matched:
        table.add_column("match", justify="right")
    table.add_column("row", justify="right")
    table.add_column("")
    for neighbour in found.neighbours:
        name = "–" if neighbour.label is None else on_one_line(neighbour.label)
        chance = [f"{100 * neighbour.match:.0f} %"] if neighbour.match is not None else []
        cells = (f"{neighbour.similarity:.3f}", name, *chance, str(neighbour.row))
        table.add_row(*map(Text, (*cells, _short(neighbour.input, limit))))
    console.print(table)


def _short(text: str, limit: int) -> str:
    """
    >>> _short("so  long", 5)
    'so l…'
    """
    text = on_one_line(" ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 1] + "…"
