"""Are a generator's images like the real ones, of the class asked for, and varied?"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.frechet import frechet_distance
from lightning_contrast.metrics.manifold import precision_recall
from lightning_contrast.modules import load
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol
from lightning_contrast.report.findings import Findings, Plot, ReportTable
from lightning_contrast.report.grid import grid
from lightning_contrast.report.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lightning_contrast.modules.network import Network

LATER = 3  # pictures of the course of training that the report shows
WORDS = {
    "frechet": "Frechet distance to real rows",
    "frechet_halves": "Frechet distance of two halves of the real rows",
    "frechet_ratio": "ratio of the two",
    "precision": "precision: made rows that lie among real ones",
    "recall": "recall: real rows that lie among made ones",
    "class_consistency": "class consistency of made rows",
    "class_purity": "made rows of a class that the classifier takes for one class, the commonest",
    "real_consistency": "class consistency of real rows",
    "spread": "spread within a class, relative to the real rows'",
}


class Generation(EvaluationProtocol):
    """Made images beside real ones, in the features of a classifier that was trained apart.

    The rows of a split are cut into two halves at random. As many images as a half has are made, of
    its classes; all figures compare made rows, or the other half, with that half.

    Args:
        classifier: checkpoint of a classifier of images with the same classes; None: no figures.
        neighbours: ``k`` of precision and recall (``metrics.manifold``).
        each: images of each class that the report shows.
        split: which real rows; ``validation`` while settings are chosen.

    Figures, below ``generation/``: see ``conf/protocols/generation.yaml``.

    Raises:
        InputError: the classifier reads no images, decides nothing, or knows other classes.
    """

    title = "Generation"
    judges = OF_ROWS

    def __init__(
        self,
        classifier: str | None = None,
        neighbours: Count = 3,
        each: Count = 8,
        split: Literal["test", "validation"] = "test",
    ) -> None:
        self.classifier, self.neighbours = classifier, neighbours
        self.each, self.split = each, split

    def __call__(self, subject: Subject) -> Findings:
        network = subject.network
        if network.generator is None:
            return Findings({}, notes=["The network has no generator."])
        label = np.repeat(np.arange(len(subject.classes)), self.each).tolist()
        made = network.generate(label, subject.seed)
        caption = f"Made images: a row for each class ({', '.join(subject.classes)})."
        plots = {"made": Plot(partial(draw, made, self.each), caption)}
        plots |= course(subject.directory / "samples")
        if self.classifier is None:
            note = "Figures need protocols.generation.classifier=BEST.ckpt of a classifier."
            return Findings({}, plots=plots, notes=[note])
        found = self.figures(subject, load(self.classifier).to(network.device))
        lines = [(WORDS[name], value) for name, value in found.items()]
        tables = {
            "figures": ReportTable(("", self.split), lines, f"Features of {self.classifier}.")
        }
        return Findings({f"generation/{k}": v for k, v in found.items()}, tables, plots)

    def figures(self, subject: Subject, judge: "Network") -> dict[str, float]:
        """Every figure by its name."""
        if judge.modality != subject.network.modality or not judge.head.answer.one_class:
            raise InputError(f"{self.classifier} is no classifier of images: give another one")
        if list(judge.classes) != list(subject.classes):
            raise InputError(
                f"{self.classifier} knows other classes ({', '.join(judge.classes)}) than the "
                "generator: give a classifier of the same source"
            )
        rows = getattr(subject.datamodule.splits, self.split)
        rows = np.random.default_rng(subject.seed).permutation(rows)
        half = len(rows) // 2
        sides = [rows[:half], rows[half : 2 * half]]
        images: Any = subject.rows.raw
        real, other = (judge.features(images[side]) for side in sides)
        label = torch.from_numpy(subject.rows.label[sides[0]])
        made = judge.features([*subject.network.generate(label.tolist(), subject.seed)])
        seen = _seen(judge, made)
        precision, recall = precision_recall(real, made, self.neighbours)
        distance, floor = frechet_distance(real, made), frechet_distance(real, other)
        return {
            "frechet": distance,
            "frechet_halves": floor,
            "frechet_ratio": distance / floor,
            "precision": precision,
            "recall": recall,
            "class_consistency": (seen == label).float().mean().item(),
            "class_purity": purity(seen, label),
            "real_consistency": (_seen(judge, real) == label).float().mean().item(),
            "spread": spread(made, label) / spread(real, label),
        }


def spread(features: Tensor, label: Tensor) -> float:
    """Mean squared distance of rows to the mean of their class.

    >>> spread(torch.tensor([[0.0], [2.0], [5.0]]), torch.tensor([0, 0, 1]))
    0.6666666865348816
    """
    features, label = features.cpu(), label.cpu()
    sums = features.new_zeros(int(label.max()) + 1, features.shape[1])
    means = sums.index_add(0, label, features) / label.bincount().clamp_min(1)[:, None]
    return (features - means[label]).square().sum(1).mean().item()


def purity(seen: Tensor, label: Tensor) -> float:
    """The share of rows that are seen as the commonest class among the rows of their label.

    >>> purity(torch.tensor([1, 1, 2, 0]), torch.tensor([0, 0, 0, 1]))
    0.75
    """
    most = int(max(seen.max(), label.max())) + 1
    counts = torch.bincount(label * most + seen, minlength=most**2).view(most, most)
    return (counts.amax(1).sum() / len(seen)).item()


def course(folder: Path) -> dict[str, Plot]:
    """Some pictures of what the generator made in the course of training, the first among them."""
    pictures = sorted(folder.glob("*.png"))
    places = np.unique(np.linspace(0, max(len(pictures) - 2, 0), LATER).astype(int))
    shown = [pictures[place] for place in places] if pictures else []
    return {
        f"step_{int(path.stem)}": Plot(partial(_read, path), f"After {int(path.stem):,} steps.")
        for path in shown
    }


def draw(images: Tensor, columns: int) -> "Figure":
    """A grid of images as a figure."""
    return _figure(grid(images, columns).permute(1, 2, 0).numpy())


def _read(path: Path) -> "Figure":
    from PIL import Image

    with Image.open(path) as image:
        return _figure(np.asarray(image))


def _figure(pixels: np.ndarray) -> "Figure":
    height, width = pixels.shape[:2]
    figure = new_figure(5, 5 * height / width)
    axes = figure.subplots()
    axes.imshow(pixels.squeeze(), cmap="gray", vmin=0, vmax=255)
    axes.set_axis_off()
    return figure


def _seen(judge: "Network", features: Tensor) -> Tensor:
    """The class that the classifier sees in each row."""
    with torch.inference_mode():
        return judge.head(features).argmax(1).cpu()
