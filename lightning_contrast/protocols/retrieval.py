"""Do rows and their partners find each other?"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.data.sides import Sides, both_ways, embed_sides
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share

FOUND = 5  # rows that the report shows for each query


class Retrieval(EvaluationProtocol):
    """Recall@K and mAP from rows to their partners (captions, answers, translations) and back.

    All test rows with partners count, also those without a label; relevant is what has the same
    identity. Ties are halved: the figures are expectations over the order of rows that are equally
    near (``metrics.cross_retrieval``).

    Args:
        recall: the K of recall@K.
        examples: queries that the report shows, with what they found; drawn with the run's seed.

    Figures, below ``retrieval/``: ``to_partner/recall_at_K``, ``to_partner/map``,
    ``to_partner/chance_at_K``, and the same ``from_partner``.
    """

    title = "Retrieval: rows and their partners"
    needs_head = False

    def __init__(self, recall: Sequence[Count] = (1, 5, 10), examples: CountFromZero = 12) -> None:
        self.recall, self.examples = recall, examples

    def __call__(self, subject: Subject) -> Findings:
        splits = subject.datamodule.splits
        assert splits is not None
        sides = embed_sides(subject.network, subject.datamodule, splits.test, subject.quiet)
        if sides is None:
            return Findings({}, notes=["Retrieval: no test row has a partner, such as a caption."])
        ways = both_ways(sides, splits.labelled, self.recall)
        figures = {
            f"retrieval/{way}/{k}": v for way, found in ways.items() for k, v in found.items()
        }
        rows, partners = len(sides.rows.index), len(sides.partners.index)
        lines: list[list[Cell]] = []
        for way, words in (("to_partner", "row to partner"), ("from_partner", "partner to row")):
            for kind, name in (("recall", words), ("chance", "chance")):
                cells = [Share(ways[way][f"{kind}_at_{k}"]) for k in self.recall]
                mean = Share(ways[way]["map"]) if kind == "recall" else None
                lines.append([name, *cells, mean])
        header = ("", *(f"recall@{k}" for k in self.recall), "mAP")
        caption = f"{rows:,} rows and {partners:,} partners; chance: if all were equally near."
        tables = {"retrieval": ReportTable(header, lines, caption)}
        if self.examples:
            tables["found"] = self._found(subject, sides)
        return Findings(figures | {"retrieval/rows": rows, "retrieval/partners": partners}, tables)

    def _found(self, subject: Subject, sides: Sides) -> ReportTable:
        """Some rows, and the partners that are nearest to each."""
        raw, show = subject.rows.raw, subject.modality.show
        own, known = sides.identities(subject.rows)
        drawn = subject.drawn(np.arange(len(own)), self.examples)
        nearest = sides.rows.embedding[drawn] @ sides.partners.embedding.T
        most = min(FOUND, nearest.shape[1])
        lines: list[list[Any]] = []
        for query, near in zip(drawn.tolist(), nearest.topk(most, dim=1).indices, strict=True):
            right = (known[near] == own[query]).tolist()
            cells = [
                _marked(show(raw, int(sides.partners.index[place]), 60), hit)
                for place, hit in zip(near.tolist(), right, strict=True)
            ]
            lines.append([show(raw, int(sides.rows.index[query])), *cells])
        header = ("row", *(f"found {place}" for place in range(1, most + 1)))
        return ReportTable(
            header, lines, "Test rows with their nearest partners; ✓: the row's own."
        )


def _marked(cell: Any, hit: bool) -> Any:
    return f"✓ {cell}" if hit and isinstance(cell, str) else cell
