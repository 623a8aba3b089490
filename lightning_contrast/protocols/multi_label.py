"""How well the labels of rows that have several are found."""

import torch

from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.multi_label import (
    average_precision,
    label_scores,
    level_figures,
    set_figures,
)
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Findings, ReportTable, Share
from lightning_contrast.rows.label_sets import depths_of
from lightning_contrast.types import Answer


class MultiLabel(EvaluationProtocol):
    """Micro and macro F1, mAP, subset accuracy and calibration of a head that decides each label.

    Figures: ``test/micro_f1``, ``macro_f1``, ``label_map`` (mean over labels of the average
    precision), ``subset_accuracy`` (all labels of a row right), ``label_ece`` (15 bins, of all
    decisions), and ``test/f1/LABEL``; where labels are paths (``sport/football``), also
    ``micro_f1/level_1`` and ``accuracy/level_1`` (of the likeliest label of that level, over the
    rows that have one there) and so on. The table has every label with its rows and its threshold.
    """

    title = "Labels"
    judges = (Answer.LABELS,)

    def __call__(self, subject: Subject) -> Findings:
        test, head = subject.test, subject.network.head
        if not len(test.label):
            return Findings({}, notes=["No test row has a label."])
        chances, thresholds = test.logits.sigmoid(), head.thresholds.cpu()
        truth = subject.truth(test)
        scores = label_scores(chances > thresholds, truth)
        scores["average precision"] = average_precision(chances, truth)
        found = set_figures(chances, thresholds, truth)
        depths = depths_of(subject.classes)
        found |= level_figures(chances, thresholds, truth, depths)
        figures = {f"test/{name}": value for name, value in found.items()}
        figures |= {
            f"test/f1/{name}": value
            for name, value in zip(subject.classes, scores["f1"].tolist(), strict=True)
        }
        trained = subject.truth(subject.train).sum(0).tolist()
        columns = [
            list(subject.classes),
            trained,
            truth.sum(0).tolist(),
            *([None if v != v else Share(v) for v in s.tolist()] for s in scores.values()),
            [round(value, 3) for value in thresholds.tolist()],
        ]
        lines = sorted(zip(*columns, strict=True), key=lambda line: -line[2])
        head_line = ("label", "training rows", "test rows", *scores, "threshold")
        sizes = torch.bincount(truth.sum(1)).tolist()
        counts = [(str(number), rows) for number, rows in enumerate(sizes) if rows]
        return Findings(
            figures,
            {
                "labels": ReportTable(head_line, lines, "Labels."),
                "sizes": ReportTable(("labels of a row", "test rows"), counts, "Labels a row."),
            },
        )
