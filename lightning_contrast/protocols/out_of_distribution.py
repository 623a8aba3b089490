"""Are rows that belong to no class told from those that do?"""

from functools import partial
from typing import TYPE_CHECKING

from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.evaluation.other_rows import Others, named, other_rows
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.outliers import (
    auroc,
    energy_score,
    false_positive_rate,
    mahalanobis_score,
    neighbour_score,
    softmax_score,
)
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, Plot, ReportTable, Share
from lightning_contrast.report.style import TRAIN, VALIDATION, new_figure
from lightning_contrast.types import Embedded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Scores = dict[str, Tensor]
NAMES = {
    "softmax": "maximum softmax probability",
    "energy": "energy",
    "mahalanobis": "Mahalanobis distance",
    "knn": "kNN distance",
}


class OutOfDistribution(EvaluationProtocol):
    """How well the test rows are told from rows of other sources, whose labels play no part.

    Maximum softmax probability and energy are computed from the head's logits; Mahalanobis and kNN
    distance are those of the features to the training rows. Images are brought to the size and
    channels of the run.

    Args:
        sources: outliers by name, each as what differs from the run's own source
            (``{letters: {folder: data/letters}}``), or a list of choices of the ``source`` group.
        rows: the most rows of a source that are judged; they are drawn with the run's seed.
        k: which neighbour's distance counts.

    Figures: ``out_of_distribution/NAME/SCORE/auroc`` and ``fpr_at_95`` (share of outliers accepted
    where 95 % of the test rows are) for ``SCORE`` softmax, energy, mahalanobis and knn.

    Raises:
        InputError: at the call, for a source of another modality.

    >>> OutOfDistribution(["digits"]).k
    50
    """

    title = "Out of distribution"

    def __init__(self, sources: Others = None, rows: Count = 10000, k: Count = 50) -> None:
        self.sources, self.rows, self.k = sources, rows, k

    def __call__(self, subject: Subject) -> Findings:
        others = named(self.sources)
        if not others or not len(subject.test.label) or not len(subject.train.label):
            needs = "other source is named: protocols.out_of_distribution.sources=[NAME]"
            missing = needs if not others else "training or test row has a label"
            return Findings({}, notes=[f"Out of distribution: no {missing}."])
        inside = self.scores(subject.train, subject.test)
        figures: dict[str, float] = {}
        lines: list[list[Cell]] = []
        plots = {}
        for name, other in others.items():
            found = other_rows(subject, other, name, self.rows, same_classes=False)
            rows = subject.embed(found.source.raw, found.rows, what=f"source {name}")
            outside = self.scores(subject.train, rows)
            for score, shown in NAMES.items():
                pair = inside[score], outside[score]
                area, accepted = auroc(*pair), false_positive_rate(*pair)
                key = f"out_of_distribution/{name}/{score}"
                figures |= {f"{key}/auroc": area, f"{key}/fpr_at_95": accepted}
                lines.append([name, shown, Share(area), Share(accepted), len(rows.label)])
            caption = f"Scores of the test rows and of {name}."
            plots[f"scores_{name}"] = Plot(partial(draw, inside, outside, name), caption)
        header = ("outliers", "score", "AUROC", "accepted at 95 %", "rows")
        caption = "Accepted: share of the outliers, where 95 % of the test rows are accepted."
        return Findings(
            figures, {"out_of_distribution": ReportTable(header, lines, caption)}, plots
        )

    def scores(self, train: Embedded, rows: Embedded) -> Scores:
        """Of each row ``(N,)``, by name: higher the less it is like the training rows."""
        return {
            "softmax": softmax_score(rows.logits),
            "energy": energy_score(rows.logits),
            "mahalanobis": mahalanobis_score(train.features, train.label, rows.features),
            "knn": neighbour_score(train.features, rows.features, self.k),
        }


def draw(inside: Scores, outside: Scores, name: str) -> "Figure":
    """A histogram of each score, up to the value that 99 % of the rows stay below."""
    figure = new_figure(11, 2.8)
    for axes, (score, shown) in zip(figure.subplots(1, len(NAMES)), NAMES.items(), strict=True):
        pair = inside[score].numpy(), outside[score].numpy()
        low = min(values.min() for values in pair)
        high = max(float(inside[score].quantile(0.99)), float(outside[score].quantile(0.99)))
        for values, colour, label in zip(pair, (TRAIN, VALIDATION), ("test", name), strict=True):
            settings = {"range": (low, max(high, low + 1e-9)), "density": True, "alpha": 0.6}
            axes.hist(values, bins=40, color=colour, label=label, **settings)
        axes.set_title(shown, fontsize=10)
        axes.set_yticks([])
    figure.axes[0].legend()
    return figure
