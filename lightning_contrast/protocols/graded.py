"""Are pairs as alike as their scores say?"""

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.data.graded import cosines_and_scores
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.correlation import correlations
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol
from lightning_contrast.report.findings import Findings, ReportTable


class Graded(EvaluationProtocol):
    """Spearman's and Pearson's correlation of the cosines of pairs with their scores.

    Spearman's is that of ranks: it judges the order of the pairs alone. Each with an interval of
    95 % by the bootstrap of pairs. The table has the pairs whose rank is most wrong.

    Args:
        examples: pairs that the report shows.
        resamples: of the bootstrap.

    Figures: ``graded/spearman``, ``graded/pearson`` (of test), with ``/low`` and ``/high``, and
    ``graded/validation_spearman``, ``graded/validation_pearson``; ``graded/pairs``.
    """

    title = "Graded pairs"
    judges = OF_ROWS

    def __init__(self, examples: Count = 12, resamples: Count = 500) -> None:
        self.examples, self.resamples = examples, resamples

    def __call__(self, subject: Subject) -> Findings:
        splits = subject.datamodule.splits
        assert splits is not None
        common = subject.network, subject.datamodule
        found = cosines_and_scores(*common, splits.test, subject.quiet)
        if found is None:
            return Findings({}, notes=["Graded pairs: no test row has a partner with a score."])
        rows, cosine, score = found
        figures: dict[str, float] = {"graded/pairs": len(rows)}
        draws = np.random.default_rng(subject.seed).integers(
            len(rows), size=(self.resamples, len(rows))
        )
        again = [correlations(cosine[draw], score[draw]) for draw in draws]
        for name, value in correlations(cosine, score).items():
            values = [each[name] for each in again if name in each]
            low, high = np.percentile(values, (2.5, 97.5)).tolist()
            figures |= {f"graded/{name}": value}
            figures |= {f"graded/{name}/low": low, f"graded/{name}/high": high}
        if validation := cosines_and_scores(*common, splits.validation, subject.quiet):
            known = correlations(validation.cosine, validation.score)
            figures |= {f"graded/validation_{name}": value for name, value in known.items()}
        return Findings(figures, {"graded": self._worst(subject, rows, cosine, score)})

    def _worst(
        self, subject: Subject, rows: np.ndarray, cosine: np.ndarray, score: np.ndarray
    ) -> ReportTable:
        """The pairs whose rank among the pairs is most wrong."""
        from scipy.stats import rankdata

        off = (rankdata(cosine) - rankdata(score)) / len(rows)
        raw, show = subject.rows.raw, subject.modality.show
        lines = [
            [
                show(raw, int(rows[place]), 60),
                show(raw, int(rows[place]) + len(raw) // 2, 60),
                float(score[place]),
                float(cosine[place]),
            ]
            for place in np.argsort(-np.abs(off))[: self.examples].tolist()
        ]
        caption = "Test pairs that the cosine ranks most wrongly."
        return ReportTable(("text", "pair", "score", "cosine"), lines, caption)
