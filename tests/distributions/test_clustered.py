"""Rows around the centres of their class."""

import numpy as np
import pytest
import torch

from lightning_contrast.distributions._features import plain_features
from lightning_contrast.distributions.clustered import Clustered
from lightning_contrast.errors import InputError
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.rows.training_rows import TrainingRows
from tests.made_rows import as_rows, made_rows

ROWS = made_rows({0: 40, 3: 25})


def test_around_one_centre_the_rows_nearest_to_the_mean_of_their_class_remain():
    kept = Clustered(fraction=0.3, components=8)(ROWS)
    order, _ = ROWS.places("clustered 0")
    features = np.empty((65, 8))
    features[order] = plain_features(ROWS.raw, order, 8, seed=0)
    for number, count in ((0, 12), (3, 8)):
        own = np.flatnonzero(ROWS.label == number)
        distance = np.linalg.norm(features[own] - features[own].mean(axis=0), axis=1)
        nearest = own[np.argsort(distance)[:count]]
        assert set(kept.row[kept.label == number]) == set(nearest)


def patches(brightness: np.ndarray) -> TrainingRows:
    """Gray images of one class, of these brightnesses."""
    images = torch.from_numpy(brightness.astype(np.uint8)).view(-1, 1, 1, 1).repeat(1, 1, 4, 4)
    images[:, 0, 0, 0] = torch.arange(len(images))  # each its own
    raw = InMemoryImages(images)
    row = np.arange(len(images))
    return TrainingRows(row, np.zeros_like(row), raw.fingerprints(), ("a",), raw)


def test_two_centres_keep_both_ends_and_leave_the_middle():
    rows = patches(np.repeat([0, 110, 250], [10, 4, 10]))
    kept = Clustered(centres=2, fraction=0.8)(rows)
    assert set(kept.row) >= set(range(10)) - {0, 9}
    assert not set(kept.row) & {10, 11, 12, 13}


def test_all_rows_remain_with_a_fraction_of_one_and_one_at_least_with_any():
    assert Clustered(centres=3, fraction=1)(ROWS).sizes.sum() == 65
    assert Clustered(fraction=0.001)(ROWS).sizes[[0, 3]].tolist() == [1, 1]


def test_texts_without_spaces_words_or_difference_have_a_place():
    texts = ["猫在家里", "狗在家里", ":-)", "!!!", "word", "word"]
    kept = Clustered(fraction=0.5)(as_rows(texts, np.array([0, 0, 0, 1, 1, 1])))
    assert kept.sizes[[0, 1]].tolist() == [2, 2]
    same = as_rows(["one"] * 4, np.array([0, 0, 1, 1]))
    assert Clustered(centres=2, fraction=0.5)(same).sizes[[0, 1]].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"centres": 26}, r"centres=26 asks .* than class 'd' has training rows \(25\): set"),
    ],
)
def test_what_can_not_be_is_said(arguments, says):
    with pytest.raises(InputError, match=says):
        Clustered(**arguments)(ROWS)
