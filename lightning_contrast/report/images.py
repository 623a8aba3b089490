"""A grid of image rows and their nearest neighbours."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.modalities.image import pixels
from lightning_contrast.report.style import INK, MUTED, RIGHT, WRONG, new_figure, plain
from lightning_contrast.types import Embedded, Images

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_neighbours(
    train: Embedded,
    split: Embedded,
    raw: Images,
    classes: tuple[str, ...],
    queries: int = 8,
    k: int = 6,
    seed: int = 0,
) -> "Figure":
    """``queries`` rows of ``split`` and the ``k`` training rows nearest to each, by the cosine of
    features: the contrast compares embeddings, not these.

    Up to half of the queries are rows that were predicted wrongly, if there are any. The colour of
    a neighbour's frame shows whether it has the query's class; that of a query's frame shows
    whether it was predicted correctly.
    """
    order = torch.from_numpy(np.random.default_rng(seed).permutation(len(split.label)))
    wrong = (split.logits.argmax(dim=1) != split.label)[order]
    half = order[wrong][: queries // 2]
    chosen = torch.cat([order[~wrong][: queries - len(half)], half])
    similarity, index = nearest(split.features[chosen], train.features, k)
    k = index.shape[1]
    figure = new_figure(1.35 * (k + 1), 1.62 * max(1, len(chosen)))
    grid = figure.subplots(max(1, len(chosen)), k + 1, squeeze=False)
    for i, row in enumerate(chosen.tolist()):
        true, guess = int(split.label[row]), int(split.logits[row].argmax())
        note = "" if guess == true else f"\ntaken for {plain(classes[guess], 12)}"
        cells = [(int(split.index[row]), plain(classes[true], 16) + note, guess == true)]
        for score, j in zip(similarity[i].tolist(), index[i].tolist(), strict=True):
            label = int(train.label[j])
            title = f"{plain(classes[label], 16)}\n{score:.2f}"
            cells.append((int(train.index[j]), title, label == true))
        for axes, (source, title, right) in zip(grid[i], cells, strict=True):
            axes.imshow(pixels(raw, source), cmap="gray", vmin=0, vmax=255)
            axes.set_title(title, fontsize=8, color=INK if right else WRONG)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set(color=RIGHT if right else WRONG, linewidth=2.5)
    figure.suptitle("test row, and the training rows nearest to it", color=MUTED, fontsize=10)
    return figure
