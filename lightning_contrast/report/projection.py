"""The embedding in two dimensions."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lightning_contrast.report.style import INK, MUTED, colours, new_figure, plain
from lightning_contrast.types import Embedded

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def project(embedding: torch.Tensor, seed: int) -> tuple[str, np.ndarray]:
    """The method, and two coordinates for each row, ``(N, 2)``: t-SNE, or PCA below 20 rows.

    Rows are put on the unit sphere whichever similarity the contrast compares: one long row would
    press all others into a point."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    rows = torch.nn.functional.normalize(embedding.nan_to_num(), dim=1).numpy()
    # Equal rows (a collapsed embedding) would make t-SNE divide by zero.
    rows = rows + np.random.default_rng(seed).normal(0, 1e-6, rows.shape).astype(np.float32)
    width = min(32, *rows.shape)
    flat = PCA(max(1, width), random_state=seed).fit_transform(rows)
    if len(rows) >= 20 and width >= 2:
        tsne = TSNE(2, init="pca", perplexity=min(30, len(rows) / 5), random_state=seed, n_jobs=1)
        return "t-SNE", tsne.fit_transform(flat)
    return "PCA", np.pad(flat, ((0, 0), (0, 2)))[:, :2]


def draw_projection(
    split: Embedded,
    classes: tuple[str, ...],
    seed: int = 0,
    limit: int = 1000,
    judged: bool = True,
) -> "Figure":
    """The embedding in two dimensions, coloured by true class; a cross marks a wrong prediction.

    ``judged``: the logits are predictions; otherwise there are no crosses. At most ``limit`` rows
    are drawn, chosen with ``seed``.
    """
    from matplotlib.colors import to_rgb

    kept = np.sort(np.random.default_rng(seed).permutation(len(split.label))[:limit])
    part = Embedded(*(column[kept] for column in split))
    figure = new_figure(8, 6)
    axes = figure.subplots()
    axes.set(xticks=[], yticks=[])
    if len(kept) < 2:
        return figure
    method, points = project(part.embedding, seed)
    label = part.label.numpy()
    right = part.logits.argmax(dim=1).numpy() == label if judged else label >= 0
    hue = np.array([to_rgb(colour) for colour in colours(len(classes))])
    dot: Any = {"s": 14, "alpha": 0.75, "linewidths": 0}
    cross: Any = {"s": 34, "marker": "x", "linewidths": 1.3}
    for shown, look in ((right, dot), (~right & (label >= 0), cross)):
        axes.scatter(*points[shown].T, color=hue[label[shown]], **look)
    if len(classes) <= 40:
        for name, colour in zip(classes, hue, strict=True):
            axes.scatter([], [], color=[colour], label=plain(name), **dot)
    if judged:
        axes.scatter([], [], color=INK, label="predicted wrongly", **cross)
    title = f"{method} of the embedding, {len(kept)} rows"
    axes.set_title(title, color=MUTED, fontsize=9)
    if len(classes) <= 40:
        place: Any = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "markerscale": 1.4}
        axes.legend(ncols=1 if len(classes) <= 20 else 2, **place)
    return figure
