"""Does an agent get where it is told to, and how straight?"""

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lightning_contrast.config.ranges import Count, CountFromZero, NotNegative
from lightning_contrast.data.play import at_random, play
from lightning_contrast.environments.environment import Environment
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.modules.acting import Act, acting
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol
from lightning_contrast.report.animation import AGENT, save_animation, ways
from lightning_contrast.report.findings import Findings, Plot, ReportTable, Share
from lightning_contrast.report.plots import read_curves
from lightning_contrast.report.style import TRAIN, VALIDATION, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = {
    "success": "goals reached",
    "spl": "success weighted by the shortest way (SPL)",
    "return": "return",
    "steps": "steps",
}
TEST, SHOWN = 2, 3  # with the run's seed, the seeds of episodes


class Play(EvaluationProtocol):
    """Episodes that were not played in training, by the critic and by chance alone.

    Args:
        episodes: how many are played.
        temperature: of the softmax of the critic (``modules.acting``); 0: its favourite action.
        shown: episodes whose ways the report and ``agent.gif`` of the run show, where they can be
            drawn.

    Figures: ``test/success``, ``test/return``, ``test/steps``, ``test/spl`` where the fewest steps
    are known, and the same of a random walk below ``play/random_``. Of a network that is no agent
    nothing is said.
    """

    title = "Play"
    judges = OF_ROWS

    def __init__(
        self,
        episodes: Count = 1000,
        temperature: NotNegative = 0.01,
        shown: CountFromZero = 6,
    ) -> None:
        self.episodes, self.temperature, self.shown = episodes, temperature, shown

    def __call__(self, subject: Subject) -> Findings:
        network, data = subject.network, subject.datamodule
        if not network.encoder.acts:
            return Findings({}, notes=["The network is no agent."])
        environment = data.environment  # type: ignore[attr-defined]
        random = np.random.default_rng((subject.seed, TEST))
        act = acting(network, self.temperature, np.random.default_rng(subject.seed))
        own = play(environment, act, self.episodes, random)[1].figures
        plots, notes = self.ways(subject, environment, act)
        random = np.random.default_rng((subject.seed, TEST))
        chance = at_random(environment, np.random.default_rng(subject.seed))
        walk = play(environment, chance, self.episodes, random)[1].figures
        figures = {f"test/{name}": value for name, value in own.items()}
        figures |= {f"play/random_{name}": value for name, value in walk.items()}
        lines = [(WORDS[k], _cell(k, own[k]), _cell(k, walk[k])) for k in WORDS if k in own]
        caption = f"Means over {self.episodes:,} episodes."
        tables = {"figures": ReportTable(("", "agent", "random walk"), lines, caption)}
        csv = subject.directory / "logs" / "metrics.csv"
        if csv.is_file():
            plots["curves"] = Plot(partial(draw_curves, csv), "Validation episodes.")
        return Findings(figures, tables, plots, notes)

    def ways(
        self, subject: Subject, environment: Environment, act: Act
    ) -> tuple[dict[str, Plot], list[str]]:
        """Further episodes as one picture and as ``agent.gif``; or a note that says why not."""
        pictures: list[list[np.ndarray]] = [[] for _ in range(self.shown)]
        if not pictures:
            return {}, []
        random = np.random.default_rng((subject.seed, SHOWN))
        try:
            play(environment, act, self.shown, random, pictures=pictures)
        except InputError as error:
            return {}, [f"Not drawn: {error}."]
        save_animation(list(chain.from_iterable(pictures)), subject.directory / AGENT)
        drawn = Plot(partial(draw_picture, ways(pictures)), "The ways of some episodes.")
        return {"ways": drawn}, []


def _cell(name: str, value: float) -> float:
    return Share(value) if name in ("success", "spl") else value


def draw_picture(pixels: np.ndarray) -> "Figure":
    """A picture as a figure."""
    height, width = pixels.shape[:2]
    figure = new_figure(10, 10 * height / width)
    axes = figure.subplots()
    axes.imshow(pixels)
    axes.set_axis_off()
    return figure


def draw_curves(metrics_csv: Path) -> "Figure":
    """Success, SPL and return on validation, over the steps that were taken in the environment."""
    curves = read_curves(metrics_csv)
    steps = dict(zip(*curves["environment_steps"], strict=True)) if curves else {}
    figure = new_figure(10, 3.8)
    for axes, names in zip(figure.subplots(1, 2), (("success", "spl"), ("return",)), strict=True):
        for name, colour in zip(names, (VALIDATION, TRAIN), strict=False):
            if f"validation/{name}" in curves:
                when, values = curves[f"validation/{name}"]
                axes.plot(
                    [steps.get(step, step) for step in when], values, color=colour, label=name
                )
        axes.set_xlabel("steps in the environment")
        axes.grid()
        axes.legend()
    return figure
