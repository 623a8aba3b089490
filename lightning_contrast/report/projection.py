"""The embedding on a sheet of paper."""

from typing import TYPE_CHECKING

import numpy as np
import torch

from lightning_contrast.report.style import INK, MUTED, colours, new_figure, plain, tidy
from lightning_contrast.types import Embedded

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def project(embedding: torch.Tensor, seed: int) -> tuple[str, np.ndarray]:
    """The method and two coordinates a row, ``(N, 2)``: t-SNE; PCA where rows are a handful."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    rows = torch.nn.functional.normalize(embedding.nan_to_num(), dim=1).numpy()
    # Equal rows (a collapsed embedding) would divide by zero inside.
    rows = rows + np.random.default_rng(seed).normal(0, 1e-6, rows.shape).astype(np.float32)
    width = min(32, *rows.shape)
    flat = PCA(max(1, width), random_state=seed).fit_transform(rows)
    if len(rows) >= 20 and width >= 2:
        tsne = TSNE(2, init="pca", perplexity=min(30, len(rows) / 5), random_state=seed, n_jobs=1)
        return "t-SNE", tsne.fit_transform(flat)
    return "PCA", np.pad(flat, ((0, 0), (0, 2)))[:, :2]


def draw_projection(
    split: Embedded, classes: tuple[str, ...], seed: int = 0, limit: int = 1000
) -> "Figure":
    """The embedding in two dimensions, coloured by true class, with a cross where it was missed.

    At most ``limit`` rows are drawn, chosen with ``seed``.
    """
    kept = np.sort(np.random.default_rng(seed).permutation(len(split.label))[:limit])
    part = Embedded(*(column[kept] for column in split))
    figure = new_figure(8, 6)
    axes = figure.subplots()
    if len(kept) > 1:
        method, points = project(part.embedding, seed)
        x, y = points.T
        palette, label = colours(len(classes)), part.label.numpy()
        right = part.logits.argmax(dim=1).numpy() == label
        for i, name in enumerate(classes):
            hit, miss = right & (label == i), ~right & (label == i)
            axes.scatter(
                x[hit], y[hit], s=14, color=palette[i], alpha=0.75, linewidths=0, label=plain(name)
            )
            axes.scatter(x[miss], y[miss], s=34, marker="x", color=palette[i], linewidths=1.3)
        axes.scatter([], [], s=34, marker="x", color=INK, label="predicted wrongly")
        title = f"{method} of the embedding, {len(kept)} rows"
        axes.set_title(title, color=MUTED, fontsize=9, loc="left")
        if len(classes) <= 40:
            axes.legend(
                frameon=False,
                fontsize=9,
                loc="center left",
                bbox_to_anchor=(1, 0.5),
                ncols=1 if len(classes) <= 20 else 2,
                markerscale=1.4,
            )
    axes.set_xticks([])
    axes.set_yticks([])
    tidy(figure)
    return figure
