"""Which tasks does an imitator solve, among them those that it never saw?"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from lightning_contrast.data.play import play_each
from lightning_contrast.environments.environment import TaskEnvironment
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.modules.acting import acting
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Findings, Plot, ReportTable, Share
from lightning_contrast.report.style import TRAIN as COLOUR
from lightning_contrast.report.style import new_figure
from lightning_contrast.rows.split_names import TEST, TRAIN, VALIDATION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDES = {"test": TEST, "validation": VALIDATION, "train": TRAIN}


class UnseenTasks(EvaluationProtocol):
    """Plays each task of the environment once, by the head's favourite action.

    Figures: ``tasks/test``, ``tasks/validation`` and ``tasks/train``, the shares of the tasks of a
    split that are solved. The picture shows all tasks along their two axes. Where the rows are
    no moments of tasks, nothing is said.
    """

    title = "Imitation"

    def __call__(self, subject: Subject) -> Findings:
        tasks = getattr(subject.datamodule.source, "environment", None)
        if not isinstance(tasks, TaskEnvironment):
            return Findings({}, notes=["The rows are no moments of tasks."])
        act = acting(subject.network, 0.0, np.random.default_rng(subject.seed))
        solved = play_each(tasks, act, np.arange(len(tasks.side))).success
        figures, lines = {}, []
        for name, side in SIDES.items():
            own = solved[tasks.side == side]
            if len(own):
                figures[f"tasks/{name}"] = own.mean().item()
                lines.append((name, len(own), Share(own.mean().item())))
        caption = "Tasks that are solved, each played once."
        table = ReportTable(("tasks", "number", "solved"), lines, caption)
        plot = Plot(
            partial(draw, tasks, solved),
            "Each square is a task, filled as far as it is solved; rings are trained on.",
        )
        return Findings(figures, {"tasks": table}, {"tasks": plot})


def draw(tasks: TaskEnvironment, solved: np.ndarray) -> "Figure":
    """All tasks along their two axes: the darker, the more variants of one are solved."""
    from matplotlib.colors import to_rgba

    figure = new_figure(8, 4)
    axes = figure.subplots()
    places, number = np.unique(tasks.numbers, axis=0, return_inverse=True)
    share = np.bincount(number, solved) / np.bincount(number)
    faces = [to_rgba(COLOUR, alpha) for alpha in share.tolist()]
    x, y = places.T
    axes.scatter(x, y, s=70, marker="s", facecolor=faces, edgecolor=COLOUR, linewidth=0.6)
    x, y = tasks.numbers[tasks.side == TRAIN].T
    axes.scatter(x, y, s=18, facecolor="none", edgecolor="black")
    axes.set_xlabel(tasks.axes[0])
    axes.set_ylabel(tasks.axes[1])
    return figure
