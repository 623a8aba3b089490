"""Plain baselines on the same splits, for comparison."""

import warnings
from typing import Any

import numpy as np
import torch

from lightning_contrast.metrics.calibration import accuracy, macro_f1
from lightning_contrast.metrics.multi_label import best_thresholds, level_figures, set_figures
from lightning_contrast.modalities import modality_of
from lightning_contrast.modalities.modality import Plain
from lightning_contrast.rows.label_sets import depths_of
from lightning_contrast.types import Labelled

_STRENGTHS = (0.1, 1.0, 10.0)  # inverse regularisation: the best on validation is kept


def plain_baselines(
    rows: Labelled,
    train: np.ndarray,
    validation: np.ndarray,
    test: np.ndarray,
    modality: str,
) -> dict[str, float]:
    """``baseline/NAME/{validation,test}/{accuracy,macro_f1}`` of the modality's baselines.

    Text: ``tfidf_svm`` (TF-IDF of words and word pairs, linear SVM); image: ``pixels_logistic``
    (logistic regression on pixels); both: ``majority``. ``train``, ``validation``, ``test`` are row
    indices of ``rows``; unlabelled rows do not count. Regularisation is chosen on validation.

    Without labelled training rows the result is empty. Raises InputError for another modality.

    >>> rows = Labelled(["a b", "c d"] * 4, np.array([0, 1] * 4), ("x", "y"), np.arange(8),
    ...                 np.full(8, -1), {})
    >>> parts = np.arange(4), np.arange(4, 6), np.arange(6, 8)
    >>> plain_baselines(rows, *parts, "text")["baseline/tfidf_svm/test/accuracy"]
    1.0
    """
    of = modality_of(modality)
    parts = [part[rows.label[part] >= 0] for part in (train, validation, test)]
    labels = [rows.label[part] for part in parts]
    if not len(labels[0]):
        return {}
    majority = np.bincount(labels[0]).argmax()
    predicted = {"majority": [np.full(len(label), majority) for label in labels[1:]]}
    if len(np.unique(labels[0])) > 1 and all(len(part) for part in parts):
        plain = of.plain(rows.raw, parts)
        predicted[plain.name] = _best(plain, labels)
    figures = {}
    for baseline, guesses in predicted.items():
        for split, guess, label in zip(("validation", "test"), guesses, labels[1:], strict=True):
            if len(label):
                pair = torch.as_tensor(guess), torch.as_tensor(label)
                key = f"baseline/{baseline}/{split}"
                figures[f"{key}/accuracy"] = accuracy(*pair)
                figures[f"{key}/macro_f1"] = macro_f1(*pair, len(rows.classes))
    return figures


def plain_set_baselines(
    rows: Labelled,
    train: np.ndarray,
    validation: np.ndarray,
    test: np.ndarray,
    modality: str,
) -> dict[str, float]:
    """``baseline/NAME/{validation,test}/{micro_f1,macro_f1,label_map}``, and of paths also those of
    each level (``metrics.multi_label.level_figures``): several labels a row.

    The modality's baseline of ``plain_baselines``, once for each label; regularisation, one for
    all, and the thresholds are chosen on validation.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.multiclass import OneVsRestClassifier

    assert rows.sets is not None
    parts = [part[rows.label[part] >= 0] for part in (train, validation, test)]
    if not all(len(part) for part in parts):
        return {}
    truths = [torch.from_numpy(rows.sets.members[rows.label[part]]) for part in parts]
    plain = modality_of(modality).plain(rows.raw, parts)
    depths, best, found = depths_of(rows.sets.names), -1.0, {}
    with warnings.catch_warnings():
        # A fit that reaches its step limit, or of a label that all rows have, is still a baseline.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "Label .* is present in all training examples")
        for strength in _STRENGTHS:
            model = OneVsRestClassifier(plain.fit(strength)).fit(
                plain.columns[0], truths[0].int().numpy()
            )
            scores = [torch.as_tensor(model.decision_function(c)) for c in plain.columns[1:]]
            chances = [score.reshape(len(score), -1).sigmoid().float() for score in scores]
            thresholds = best_thresholds(chances[0], truths[1])
            sides = zip(("validation", "test"), chances, truths[1:], strict=True)
            figures = {
                side: set_figures(each, thresholds, truth)
                | level_figures(each, thresholds, truth, depths)
                for side, each, truth in sides
            }
            if figures["validation"]["micro_f1"] > best:
                best, found = figures["validation"]["micro_f1"], figures
    return {
        f"baseline/{plain.name}/{side}/{name}": figures[name]
        for side, figures in found.items()
        for name in figures
        if name in ("micro_f1", "macro_f1", "label_map") or "/level_" in name
    }


def _best(plain: Plain, labels: list[np.ndarray]) -> list[Any]:
    """Predictions for validation and test of the fit that is best on validation."""
    from sklearn.exceptions import ConvergenceWarning

    best: tuple[float, list[Any]] = (-1.0, [])
    with warnings.catch_warnings():
        # A fit that reaches its step limit is still a baseline.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for strength in _STRENGTHS:
            model = plain.fit(strength).fit(plain.columns[0], labels[0])
            guesses = [model.predict(column) for column in plain.columns[1:]]
            right = float((guesses[0] == labels[1]).mean())
            best = max(best, (right, guesses), key=lambda candidate: candidate[0])
    return best[1]
