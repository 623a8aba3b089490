import copy

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.protocols.robustness import Robustness
from tests.choices import build

NOISE = {"text": ["case", "word_drop"], "image": ["gaussian_noise", "rotation"]}


def robustness(only=None, **arguments):
    made = build("protocols", "robustness")
    return Robustness(made.corruptions, only=only, **arguments)


def test_errors_rise_with_damage_and_their_means_are_reported(subject):
    found = robustness(NOISE[subject.modality.name], rows=60)(subject)
    table = found.tables["errors"].rows
    assert [row[0].replace(" ", "_") for row in table] == NOISE[subject.modality.name]
    figures = found.figures
    for row in table:
        name = row[0].replace(" ", "_")
        assert figures[f"robustness/{name}/error"] == pytest.approx(np.mean(row[1:6]))
    mean = np.mean([row[6] for row in table])
    assert figures["robustness/mean_corruption_error"] == pytest.approx(mean)
    clean = figures["robustness/clean_error"]
    assert figures["robustness/mean_error_increase"] == pytest.approx(mean - clean)
    assert max(row[5] for row in table) > clean, "much damage does harm"
    assert set(found.plots) == {"errors", *(["damage"] if subject.modality.name == "image" else [])}
    again = robustness(NOISE[subject.modality.name], rows=60)(subject)
    assert again.figures == figures


def test_capitals_are_nothing_to_a_tokenizer_that_folds_them(text_subject):
    figures = robustness(["case"], rows=None)(text_subject).figures
    assert figures["robustness/case/error"] == figures["robustness/clean_error"]


def test_a_classifier_is_as_robust_as_itself_and_less_than_a_better_one(image_subject):
    subject = copy.copy(image_subject)
    subject.reference = image_subject
    examine = robustness(NOISE["image"], rows=60)
    figures = examine(subject).figures
    assert figures["robustness/relative_corruption_error"] == 1
    assert figures["robustness/relative_error_increase"] == pytest.approx(1)


def test_an_unknown_corruption_is_named():
    with pytest.raises(InputError, match="'rotaton', which is none of the corruptions"):
        robustness(["rotaton"])


def test_a_corruption_of_the_other_modality_leaves_a_note(text_subject):
    found = robustness(["rotation"])(text_subject)
    assert found.figures == {} and "corruption of texts" in found.notes[0]
