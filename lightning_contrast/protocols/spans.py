"""Which spans a tagger finds, and which it misses."""

from collections import Counter
from collections.abc import Sequence
from typing import cast

import numpy as np

from lightning_contrast.config.ranges import CountFromZero
from lightning_contrast.data.tagged import Tagged, tagged_split
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.decode import spans_of_tags
from lightning_contrast.metrics.partial_spans import Marked, partial_scores
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share
from lightning_contrast.types import Answer


class SpanAccuracy(EvaluationProtocol):
    """Strict precision, recall and F1 of the spans on test texts, by type and by novelty.

    Args:
        worst: texts with the most wrong spans that the report shows.
        examples: texts that it shows beside them, drawn with the run's seed.

    Figures, below ``spans/``: ``f1``, ``precision``, ``recall``, ``f1/TYPE`` (seqeval, strict,
    IOB2); ``seen_recall``, ``unseen_recall``: of spans whose text is that of a training span of
    their type, and of the others; ``borders_f1``, ``type_f1``, ``partial_f1``: right in part
    (``metrics.partial_spans``); ``token_accuracy``, and ``texts``.
    """

    title = "Spans"
    judges = (Answer.SPANS,)

    def __init__(self, worst: CountFromZero = 16, examples: CountFromZero = 16) -> None:
        self.worst, self.examples = worst, examples

    def __call__(self, subject: Subject) -> Findings:
        if not len(subject.test.label):
            return Findings({}, notes=["Spans: no test text has a token."])
        found = tagged_split(subject.test, subject.classes)
        gold = [_marked(tags) for tags in found.gold]
        predicted = [_marked(tags) for tags in found.predicted]
        strict = {name.removeprefix("span_"): value for name, value in found.scores.items()}
        if not strict:
            return Findings({}, notes=["Spans: neither the test texts nor the tagger have any."])
        right = sum(
            sum(a == b for a, b in zip(x, y, strict=True))
            for x, y in zip(found.gold, found.predicted, strict=True)
        )
        more = partial_scores(gold, predicted)
        more |= _novelty(subject, found, gold, predicted)
        more["token_accuracy"] = right / max(sum(found.sizes), 1)
        figures = {f"spans/{name}": value for name, value in (strict | more).items()}
        figures["spans/texts"] = len(found.row)
        return Findings(figures, self._tables(subject, found, gold, predicted, strict | more))

    def _tables(
        self,
        subject: Subject,
        found: Tagged,
        gold: list[Marked],
        predicted: list[Marked],
        scores: dict[str, float],
    ) -> dict[str, ReportTable]:
        plain = [
            (name.replace("_", " "), Share(v)) for name, v in scores.items() if "/" not in name
        ]
        wrong = np.array([len(a ^ b) for a, b in zip(gold, predicted, strict=True)])
        order = np.argsort(-wrong, kind="stable")[: self.worst]
        drawn = subject.drawn(np.arange(len(gold)), self.examples)
        header = ("row", "text: [right], -missed-, +wrong+", "wrong spans")

        def lines(places: np.ndarray) -> list[list[Cell]]:
            return [
                [str(found.row[at] + 1), marked_text(subject, found, at, gold[at], predicted[at]),
                 int(wrong[at])]
                for at in places.tolist()
            ]  # fmt: skip

        return {
            "spans": ReportTable(("", "test"), plain, "Spans; borders and type must be right."),
            "types": ReportTable(*_types(gold, predicted, scores), "Types."),
            "worst": ReportTable(
                header, lines(order[wrong[order] > 0]), "Texts with the most mistakes."
            ),
            "examples": ReportTable(header, lines(drawn), "Texts drawn at random."),
        }


def _marked(tags: list[str]) -> Marked:
    return {tuple(span)[:3] for span in spans_of_tags(tags)}  # type: ignore[misc]


def _novelty(
    subject: Subject, found: Tagged, gold: list[Marked], predicted: list[Marked]
) -> dict[str, float]:
    """Recall of spans that training has with their type, and of those that it has not."""
    rows, splits = subject.rows, subject.datamodule.splits
    assert splits is not None
    spans, texts = rows.spans, cast(Sequence[str], rows.raw)
    if spans is None or not subject.trained_on:
        return {}
    trained = np.isin(spans.row, splits.train)
    columns = zip(*(column[trained].tolist() for column in spans), strict=True)
    known = {(texts[r][a:b], subject.classes[label][2:]) for r, a, b, label in columns}
    hits: Counter[tuple[bool, bool]] = Counter()
    for at, row in enumerate(found.row.tolist()):
        starts, stops = subject.datamodule.characters(row)
        for first, last, kind in gold[at]:
            text = texts[row][starts[first] : stops[last - 1]]
            hits[(text, kind) in known, (first, last, kind) in predicted[at]] += 1
    named = {"seen": True, "unseen": False}
    return {
        f"{name}_recall": hits[seen, True] / total
        for name, seen in named.items()
        if (total := hits[seen, True] + hits[seen, False])
    }


def _types(
    gold: list[Marked], predicted: list[Marked], scores: dict[str, float]
) -> tuple[tuple[str, ...], list[list[Cell]]]:
    """Spans of each type: how many are true, predicted and right, and the F1."""
    true = Counter(kind for spans in gold for _, _, kind in spans)
    guess = Counter(kind for spans in predicted for _, _, kind in spans)
    hit = Counter(k for a, b in zip(gold, predicted, strict=True) for _, _, k in a & b)
    lines: list[list[Cell]] = [
        [kind, true[kind], guess[kind], hit[kind], Share(scores.get(f"f1/{kind}", 0.0))]
        for kind in sorted(true | guess)
    ]
    return ("type", "true", "predicted", "right", "F1"), lines


def marked_text(
    subject: Subject, found: Tagged, at: int, gold: Marked, predicted: Marked, limit: int = 400
) -> str:
    """A text with its spans in brackets: right, missed and wrong ones."""
    row = int(found.row[at])
    text = cast(Sequence[str], subject.rows.raw)[row]
    starts, stops = subject.datamodule.characters(row)
    signs = [(s, "[]" if s in predicted else "--") for s in gold]
    signs += [(s, "++") for s in predicted - gold]
    marks: list[tuple[int, int, str]] = []
    for (first, last, kind), sign in signs:
        left, right = sign[0], sign[1]
        begin, end = int(starts[first]), int(stops[last - 1])
        marks += [(begin, 1, left), (end, 0, f" {kind}{right}")]
    place = 0
    pieces: list[str] = []
    for where, _, mark in sorted(marks):
        pieces += [text[place:where], mark]
        place = where
    shown = "".join([*pieces, text[place:]])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
