import numpy as np
import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.baselines import plain_baselines
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.types import Labelled

PARTS = (np.arange(30), np.arange(30, 45), np.arange(45, 60))


def labelled_rows(raw, label, classes=("a", "b", "c")):
    order = np.arange(len(label))
    return Labelled(raw, label, classes, order, np.full(len(label), -1, np.int8), {})


def texts(label):
    words = (("goal match", "team"), ("vote law", "party"), ("chip phone", "screen"))
    return [f"{words[c][i % 2]} row {i % 5}" for i, c in enumerate(label)]


LABEL = np.arange(60) % 3


def test_text_baselines_learn_words_and_report_both_splits():
    figures = plain_baselines(labelled_rows(texts(LABEL), LABEL), *PARTS, "text")
    assert set(figures) == {
        f"baseline/{name}/{split}/{metric}"
        for name in ("majority", "tfidf_svm")
        for split in ("validation", "test")
        for metric in ("accuracy", "macro_f1")
    }
    assert figures["baseline/tfidf_svm/test/accuracy"] == 1
    assert figures["baseline/majority/test/accuracy"] == pytest.approx(1 / 3)


def test_image_baselines_learn_pixels_at_any_size():
    for size in (8, 40):
        images = torch.randint(40, (60, 3, size, size), dtype=torch.uint8)
        for c in range(3):
            images[c == LABEL, c] += 100
        figures = plain_baselines(labelled_rows(InMemoryImages(images), LABEL), *PARTS, "image")
        assert figures["baseline/pixels_logistic/test/accuracy"] == 1


def test_labels_outside_the_training_split_are_never_seen():
    # On test every word means another class: whoever had looked there would not be always wrong.
    label = LABEL.copy()
    raw = texts(LABEL)
    label[45:] = (label[45:] + 1) % 3
    figures = plain_baselines(labelled_rows(raw, label), *PARTS, "text")
    assert figures["baseline/tfidf_svm/test/accuracy"] == 0
    assert figures["baseline/tfidf_svm/validation/accuracy"] == 1


def test_unlabelled_rows_do_not_count():
    label = LABEL.copy()
    label[[0, 31, 46, 47]] = -1
    figures = plain_baselines(labelled_rows(texts(LABEL), label), *PARTS, "text")
    assert figures["baseline/tfidf_svm/test/accuracy"] == 1
    none = np.full(60, -1)
    none[:30] = LABEL[:30]
    assert plain_baselines(labelled_rows(texts(LABEL), none), *PARTS, "text") == {}
    none = np.where(np.arange(60) < 30, -1, LABEL)
    assert plain_baselines(labelled_rows(texts(LABEL), none), *PARTS, "text") == {}


def test_another_modality_is_refused():
    with pytest.raises(InputError, match="modality must be one of text, image, mixed, got 'audio'"):
        plain_baselines(labelled_rows([""] * 60, LABEL), *PARTS, "audio")
