"""The spans that a tagger marks in texts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from lightning_contrast.metrics.decode import decode


class MarkedSpan(NamedTuple):
    """``text``, the characters ``start`` up to but without ``end``, and what they are."""

    start: int
    end: int
    label: str
    text: str
    probability: float


def marked(
    network: Any, texts: Sequence[str], features: Tensor, least: float
) -> list[list[MarkedSpan]]:
    """The spans of each text that are at least so probable.

    The best sequence of tags counts (``metrics.decode``), at the fitted temperature; the
    probability of a span is the product of those of its tags.

    Args:
        network: a ``modules.network.Network`` with a tagger for a head.
        texts: n of them.
        features: of their places, ``(n, t, f)``.
        least: from 0 to 1.
    """
    starts, stops, counts = network.preprocess.borders(texts)
    row = np.repeat(np.arange(len(texts)), counts)
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = np.flatnonzero(starts < stops)  # a token that was added is empty
    logits = network.head(features).float()[row[kept], place[kept]].cpu()
    sizes = np.bincount(row[kept], minlength=len(texts)).tolist()
    starts, stops, first = starts[kept], stops[kept], 0
    found = []
    for text, size, spans in zip(
        texts,
        sizes,
        decode(logits / (network.temperature or 1.0), sizes, network.classes),
        strict=True,
    ):
        own = [(int(starts[first + s.first]), int(stops[first + s.last - 1]), s) for s in spans]
        found.append(
            [
                MarkedSpan(start, end, span.type, text[start:end], span.probability)
                for start, end, span in own
                if span.probability >= least
            ]
        )
        first += size
    return found
