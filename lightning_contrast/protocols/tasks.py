"""How good is each of several tasks?"""

import torch
from torch import Tensor

from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share


class PerTask(EvaluationProtocol):
    """Accuracy and macro F1 of each task on its own test rows, of a run with ``head=tasks``.

    Figures, ``TASK`` being the part of a class's name before ``/``: ``task/TASK/accuracy``,
    ``macro_f1``, ``majority`` (the accuracy of always naming the class that most test rows have)
    and ``rows``; and ``task/mean_accuracy``, in which each task counts alike.
    """

    title = "Tasks"

    def __call__(self, subject: Subject) -> Findings:
        head = subject.network.head
        if not head.tasks:
            return Findings({}, notes=["Tasks: the run has one task; source=tasks joins several."])
        test, temperature = subject.test, subject.temperature or 1.0
        figures: dict[str, float] = {}
        lines: list[list[Cell]] = []
        for name in head.tasks:
            places = head.places(name)
            rows = torch.isin(test.label, places)
            label = torch.searchsorted(places, test.label[rows])
            if not len(label):
                continue
            chances = (test.logits[rows] / temperature).softmax(dim=1)
            found = scores(chances[:, places], label)
            figures |= {f"task/{name}/{what}": value for what, value in found.items()}
            shares = [Share(found[what]) for what in ("accuracy", "macro_f1", "majority")]
            lines.append([name, len(label), *shares])
        right = [value for key, value in figures.items() if key.endswith("/accuracy")]
        figures["task/mean_accuracy"] = sum(right) / len(right) if right else float("nan")
        header = ("task", "test rows", "accuracy", "macro F1", "majority")
        return Findings(figures, {"tasks": ReportTable(header, lines, "Each task among its own.")})


def scores(chances: Tensor, label: Tensor) -> dict[str, float]:
    """The figures of a task: probabilities ``(n, classes)``, labels ``(n,)``.

    >>> scores(torch.eye(2)[[0, 1, 1]], torch.tensor([0, 1, 0]))["accuracy"]
    0.6666666666666666
    """
    judged, every = Judged(chances, label), torch.ones(1, len(label), dtype=torch.float64)
    return {
        "accuracy": judged.accuracy(every).item(),
        "macro_f1": judged.macro_f1(every).item(),
        "majority": (label.bincount().max() / len(label)).item(),
        "rows": len(label),
    }
