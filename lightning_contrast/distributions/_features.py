"""A simple fixed feature space that needs no trained model."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from lightning_contrast.rows.content import normalise
from lightning_contrast.rows.duplicates import is_text
from lightning_contrast.rows.pixels import small_pixels
from lightning_contrast.types import Images


def plain_features(
    raw: Sequence[str] | Images, row: np.ndarray, components: int, seed: int
) -> np.ndarray:
    """Features of the rows ``row (n,)`` of ``raw``, ``(n, components)`` or narrower.

    Texts: TF-IDF of words, singular vectors, unit length (latent semantic analysis, Deerwester et
    al. 1990). Images: pixels, averaged down to 32 x 32, principal components.
    """
    from sklearn.utils.extmath import randomized_svd

    if is_text(raw):
        columns = _tfidf([normalise(raw[i]) for i in row.tolist()])
    else:
        columns = small_pixels(cast(Images, raw), row)
        columns -= columns.mean(axis=0)
    width = min(components, *columns.shape)
    vectors, values, _ = randomized_svd(columns, width, random_state=seed)
    features = vectors * values
    if not is_text(raw):
        return features
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return features / np.where(length > 0, length, 1)


def _tfidf(texts: list[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Normalised texts have their words apart, also in scripts without spaces.
    return TfidfVectorizer(sublinear_tf=True, token_pattern=r"\S+").fit_transform(texts)
