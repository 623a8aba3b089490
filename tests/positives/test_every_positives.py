"""What holds for every rule of positives: a new one is found by its YAML in conf/positives."""

import inspect

import numpy as np
import pytest
from hydra.utils import get_object
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.errors import InputError
from lightning_contrast.rows.refreshed import Refreshed
from tests.choices import build, config, drawn_from, names
from tests.embedded import embedded

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 3, 8], [30, 20, 1, 9]))
rules = pytest.mark.parametrize("name", names("positives"))


def made(name, labels=LABELS):
    """The rule, before it has seen an embedding and after."""
    for seen in (False, True):
        rule = build("positives", name, **drawn_from(labels))
        if seen and isinstance(rule, Refreshed):
            rule.refresh(embedded(labels), epoch=1)
        yield rule


@rules
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("positives", name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    told = {"labels", "identity", "partners", "crops", "ends", "alike"}
    assert set(values) == set(parameters) - told
    assert all(parameters[key].default == value for key, value in values.items())


@rules
def test_positives_are_none_or_one_of_the_class_for_each_row(name):
    index = np.random.default_rng(1).integers(len(LABELS), size=2000)
    for rule in made(name):
        positives = rule(index, np.random.default_rng(2))
        assert positives.dtype == np.int64
        assert positives.shape in [(0,), (2000,)]
        label = np.tile(LABELS, 2)[positives]  # the pairs stand behind the rows
        assert (label == LABELS[index[: len(positives)]]).all()


@rules
def test_the_generator_fixes_the_choice(name):
    for rule in made(name):
        once, again = (rule(np.arange(60), np.random.default_rng(5)) for _ in range(2))
        assert np.array_equal(once, again)


@rules
@settings(max_examples=30)
@given(st.lists(st.sampled_from([-1, 0, 2, 7]), min_size=1, max_size=25))
def test_whatever_the_labels_a_rule_refuses_in_one_line_or_keeps_to_the_class(name, labels):
    labels = np.array(labels)
    refusal = ""
    try:
        rule = list(made(name, labels))[1]
    except InputError as error:
        refusal = str(error)
    if refusal:
        assert "set positives=view" in refusal and labels.min() < 0
        return
    index = np.arange(len(labels))
    drawn = rule(index, np.random.default_rng(0))
    assert drawn.shape in [(0,), index.shape]
    drawn %= len(labels)  # the pairs stand behind the rows
    assert (labels[drawn] == labels[: len(drawn)]).all()
    alone = [row for row in range(len(drawn)) if (labels == labels[row]).sum() == 1]
    assert (drawn[alone] == index[alone]).all()


@rules
def test_a_rule_that_follows_the_embedding_goes_on_from_its_state(name):
    (_, rule), (fresh, _) = made(name), made(name)
    if not isinstance(rule, Refreshed):
        assert not hasattr(rule, "refresh_every"), "it would be taken for one by half"
        return
    fresh.load_state_dict(rule.state_dict())
    index = np.arange(len(LABELS))
    expected, found = (part(index, np.random.default_rng(3)) for part in (rule, fresh))
    assert np.array_equal(found, expected)
    with pytest.raises(InputError, match="resume with the data"):
        next(made(name, np.array([0, 1, 0, 1, 5]))).load_state_dict(rule.state_dict())
