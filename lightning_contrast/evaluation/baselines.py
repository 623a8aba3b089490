"""Plain baselines on the same splits: what a method has to beat before it is worth its cost."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.metrics.calibration import accuracy, macro_f1
from lightning_contrast.rows.pixels import small_pixels
from lightning_contrast.types import Images, Labelled

_STRENGTHS = (0.1, 1.0, 10.0)  # inverse regularisation: the best on validation is kept


def plain_baselines(
    rows: Labelled,
    train: np.ndarray,
    validation: np.ndarray,
    test: np.ndarray,
    modality: str,
) -> dict[str, float]:
    """``baseline/NAME/{validation,test}/{accuracy,macro_f1}`` of what fits the modality.

    Text: ``tfidf_svm`` (TF-IDF of words and word pairs, linear SVM); image: ``pixels_logistic``
    (logistic regression on pixels); both: ``majority``. ``train``, ``validation``, ``test`` are row
    indices of ``rows``; unlabelled rows do not count. Regularisation is chosen on validation.

    Raises InputError for another modality.

    >>> rows = Labelled(["a b", "c d"] * 4, np.array([0, 1] * 4), ("x", "y"), np.arange(8),
    ...                 np.full(8, -1), {})
    >>> parts = np.arange(4), np.arange(4, 6), np.arange(6, 8)
    >>> plain_baselines(rows, *parts, "text")["baseline/tfidf_svm/test/accuracy"]
    1.0
    """
    features: dict[str, Callable[..., list[Any]]] = {"text": _tfidf, "image": _pixels}
    if modality not in features:
        raise InputError(f"modality must be one of {', '.join(features)}, got {modality!r}")
    parts = [part[rows.label[part] >= 0] for part in (train, validation, test)]
    labels = [rows.label[part] for part in parts]
    fits = {"text": ("tfidf_svm", _linear_svm), "image": ("pixels_logistic", _logistic)}
    name, fit = fits[modality]
    majority = np.bincount(labels[0]).argmax()
    predicted = {"majority": [np.full(len(label), majority) for label in labels[1:]]}
    if len(np.unique(labels[0])) > 1 and all(len(part) for part in parts):
        columns = features[modality](rows.raw, parts)
        predicted[name] = _best(fit, columns, labels)
    figures = {}
    for baseline, guesses in predicted.items():
        for split, guess, label in zip(("validation", "test"), guesses, labels[1:], strict=True):
            if len(label):
                pair = torch.as_tensor(guess), torch.as_tensor(label)
                key = f"baseline/{baseline}/{split}"
                figures[f"{key}/accuracy"] = accuracy(*pair)
                figures[f"{key}/macro_f1"] = macro_f1(*pair, len(rows.classes))
    return figures


def _best(fit: Callable[[float], Any], columns: list[Any], labels: list[np.ndarray]) -> list[Any]:
    """Predictions for validation and test of the fit that is best on validation."""
    from sklearn.exceptions import ConvergenceWarning

    best: tuple[float, list[Any]] = (-1.0, [])
    with warnings.catch_warnings():
        # A fit cut short by its step limit is still a baseline, and validation judges it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for strength in _STRENGTHS:
            model = fit(strength).fit(columns[0], labels[0])
            guesses = [model.predict(column) for column in columns[1:]]
            right = float((guesses[0] == labels[1]).mean())
            best = max(best, (right, guesses), key=lambda candidate: candidate[0])
    return best[1]


def _linear_svm(strength: float) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(C=strength, random_state=0)


def _logistic(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength / 100, max_iter=100)


def _tfidf(raw: Sequence[str], parts: list[np.ndarray]) -> list[Any]:
    """Sparse TF-IDF columns; the vocabulary is the training split's alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Words of one letter count as well: in some scripts they are words.
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    texts = [[raw[i] for i in part] for part in parts]
    return [tfidf.fit_transform(texts[0]), *(tfidf.transform(text) for text in texts[1:])]


def _pixels(raw: Images, parts: list[np.ndarray]) -> list[np.ndarray]:
    return [small_pixels(raw, part) for part in parts]
