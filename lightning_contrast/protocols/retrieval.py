"""Do rows and their partners find each other?"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.data.sides import both_ways, embed_sides
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.matching import measured
from lightning_contrast.metrics.similarity import compared
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share
from lightning_contrast.types import Embedded

MATCH = (
    "Test pairs by the probability that they belong together, and by the threshold, a cosine, with "
    "the best F1 on validation. A probability of always 0.5 has a Brier score of 0.25."
)
Side = tuple[Embedded, Tensor]  # rows, and the identity of each
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
    ``to_partner/chance_at_K``, and the same ``from_partner``. How far one can rely on the
    probability that two rows belong together, and on its threshold, both fitted on validation
    (``metrics.matching``): ``match/brier``, ``match/ece``, ``match/f1``, ``match/threshold``.
    """

    title = "Retrieval: rows and their partners"
    judges = OF_ROWS

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
        if (matching := subject.network.matching) is not None:
            found = measured(matching, *sides.pairs(splits.labelled))
            found |= {"threshold": matching.threshold}
            figures |= {f"retrieval/match/{name}": value for name, value in found.items()}
            tables["match"] = ReportTable(tuple(found), [tuple(found.values())], MATCH)
        if self.examples:
            identities = sides.identities(splits.labelled)
            both = (sides.rows, sides.partners)
            tables["found"] = self._found(subject, *zip(both, identities, strict=True))
            back = zip(both[::-1], identities[::-1], strict=True)
            tables["found_rows"] = self._found(subject, *back)
        return Findings(figures | {"retrieval/rows": rows, "retrieval/partners": partners}, tables)

    def _found(self, subject: Subject, queries: Side, gallery: Side) -> ReportTable:
        """Some rows of a side, and those of the other that are nearest to each."""
        raw, show = subject.rows.raw, subject.modality.show
        (asked, own), (known, other) = queries, gallery
        drawn = subject.drawn(np.arange(len(own)), self.examples)
        kind = subject.network.similarity
        queries_of, known_of = compared(kind, asked.embedding[drawn], known.embedding)
        nearest = queries_of @ known_of.T
        most = min(FOUND, nearest.shape[1])
        lines: list[list[Cell]] = []
        for query, near in zip(drawn.tolist(), nearest.topk(most, dim=1).indices, strict=True):
            right = (other[near] == own[query]).nonzero()[:, 0] + 1
            places = ", ".join(map(str, right.tolist())) or "none"
            cells = [show(raw, int(known.index[place]), 60) for place in near.tolist()]
            lines.append([show(raw, int(asked.index[query])), places, *cells])
        header = ("query", "its own", *(f"found {place}" for place in range(1, most + 1)))
        caption = (
            "Test rows with what is nearest to each; its own: the places of what belongs to it."
        )
        return ReportTable(header, lines, caption)
