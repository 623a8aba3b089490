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
    kept = np.sort(np.random.default_rng(seed).permutation(len(split.label))[:limit])
    part = Embedded(*(column[kept] for column in split))
    figure = new_figure(8, 6)
    axes = figure.subplots()
    axes.set(xticks=[], yticks=[])
    if len(kept) < 2:
        return figure
    method, points = project(part.embedding, seed)
    x, y = points.T
    label = part.label.numpy()
    right = part.logits.argmax(dim=1).numpy() == label if judged else label >= 0
    for i, (name, colour) in enumerate(zip(classes, colours(len(classes)), strict=True)):
        hit, miss = right & (label == i), ~right & (label == i)
        axes.scatter(
            x[hit], y[hit], s=14, color=colour, alpha=0.75, linewidths=0, label=plain(name)
        )
        axes.scatter(x[miss], y[miss], s=34, marker="x", color=colour, linewidths=1.3)
    if judged:
        axes.scatter([], [], s=34, marker="x", color=INK, label="predicted wrongly")
    title = f"{method} of the embedding, {len(kept)} rows"
    axes.set_title(title, color=MUTED, fontsize=9)
    if len(classes) <= 40:
        place: Any = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "markerscale": 1.4}
        axes.legend(ncols=1 if len(classes) <= 20 else 2, **place)
    return figure
