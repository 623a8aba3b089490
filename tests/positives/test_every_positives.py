"""What holds for every rule of positives: a new one is found by its YAML in conf/positives."""

import inspect

import numpy as np
import pytest
from hydra.utils import get_object

from tests.choices import build, config, names

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 3, 8], [30, 20, 1, 9]))
rules = pytest.mark.parametrize("name", names("positives"))


@rules
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("positives", name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    assert set(values) == set(parameters) - {"labels"}
    assert all(parameters[key].default == value for key, value in values.items())


@rules
def test_positives_are_none_or_one_of_the_class_for_each_row(name):
    index = np.random.default_rng(1).integers(len(LABELS), size=2000)
    positives = build("positives", name, labels=LABELS)(index, np.random.default_rng(2))
    assert positives.dtype == np.int64
    assert positives.shape in [(0,), (2000,)]
    assert (LABELS[positives] == LABELS[index[: len(positives)]]).all()
