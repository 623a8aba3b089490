"""What holds for every rule of negatives: a new one is found by its YAML in conf/negatives."""

import inspect

import numpy as np
import pytest
from hydra.utils import get_object

from tests.choices import build, config, names

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 3, 8], [30, 20, 1, 9]))
rules = pytest.mark.parametrize("name", names("negatives"))


@rules
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("negatives", name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    assert set(values) == set(parameters) - {"labels"}
    assert all(parameters[key].default == value for key, value in values.items())


@rules
def test_negatives_never_share_the_class_of_their_anchor(name):
    index = np.random.default_rng(1).integers(len(LABELS), size=2000)
    rule = build("negatives", name, labels=LABELS)
    negatives = rule(index, np.random.default_rng(2))
    assert negatives.dtype == np.int64
    assert negatives.shape == (2000, getattr(rule, "k", 0))
    assert not (LABELS[negatives] == LABELS[index][:, None]).any()


@rules
def test_the_generator_fixes_the_choice(name):
    rule = build("negatives", name, labels=LABELS)
    once, again = (rule(np.arange(60), np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(once, again)
