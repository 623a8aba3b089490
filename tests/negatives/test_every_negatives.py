"""What holds for every rule of negatives: a new one is found by its YAML in conf/negatives."""

import inspect

import numpy as np
import pytest
from hydra.utils import get_object
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError
from lightning_contrast.rows.refreshed import Refreshed
from tests.choices import build, config, drawn_from, names
from tests.embedded import embedded

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 3, 8], [30, 20, 1, 9]))
DRAWN = [  # the others are made in the module: tests/candidates/test_made.py
    name
    for name in names("negatives")
    if not getattr(get_object(config("negatives", name)["_target_"]), "makes_rows", False)
]
rules = pytest.mark.parametrize("name", DRAWN)
OWN = ["swapped_captions"]  # these are of the anchor itself, with other words


def drawn_with(labels):
    """What the data tells; rows of one label show the same thing."""
    return drawn_from(labels) | {"identity": labels}


def made(name, labels=LABELS, **arguments):
    """The rule, before it has seen an embedding and after."""
    for seen in (False, True):
        rule = build("negatives", name, **drawn_with(labels), **arguments)
        if seen and isinstance(rule, Refreshed):
            rule.refresh(embedded(labels), epoch=1)
        yield rule


def wanted(name):
    """Settings for three negatives a row, of a rule that draws any."""
    return {"k": 3} if "k" in config("negatives", name) else {}


def with_settings(name, labels, **arguments):
    target = config("negatives", name)["_target_"]
    rule = construct({"_target_": target, **arguments}, **drawn_with(labels))
    if isinstance(rule, Refreshed):
        rule.refresh(embedded(labels), epoch=1)
    return rule


@rules
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("negatives", name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    assert set(values) == set(parameters) - {*drawn_from(LABELS), "quiet"}
    assert all(parameters[key].default == value for key, value in values.items())


@rules
def test_negatives_never_share_the_class_of_their_anchor(name):
    index = np.random.default_rng(1).integers(len(LABELS), size=2000)
    for rule in made(name):
        negatives = rule(index, np.random.default_rng(2))
        assert (negatives >= len(LABELS)).all() == rule.draws_partners or not negatives.size
        negatives %= len(LABELS)  # captions stand behind the rows
        assert negatives.dtype == np.int64
        assert negatives.shape == (2000, getattr(rule, "k", 0))
        assert (LABELS[negatives] == LABELS[index][:, None]).any() == (name in OWN)


@rules
def test_the_generator_fixes_the_choice(name):
    for rule in made(name):
        once, again = (rule(np.arange(60), np.random.default_rng(5)) for _ in range(2))
        assert np.array_equal(once, again)


@rules
def test_another_generator_draws_others(name):
    rule = with_settings(name, LABELS, **wanted(name))
    once, other = (rule(np.arange(60), np.random.default_rng(seed)) for seed in (5, 6))
    if name in OWN:
        return
    assert np.array_equal(once, other) == (once.size == 0)


@rules
def test_as_many_as_asked_for_every_row_of_a_batch_of_any_size(name):
    rule = with_settings(name, LABELS, **wanted(name))
    for rows in (0, 1, 7):
        drawn = rule(np.arange(rows), np.random.default_rng(0))
        assert drawn.shape == (rows, wanted(name).get("k", 0))


@rules
@settings(max_examples=30)
@given(st.lists(st.sampled_from([-1, 0, 2, 7]), min_size=2, max_size=25))
def test_whatever_the_labels_a_rule_refuses_in_one_line_or_draws_others(name, labels):
    labels = np.array(labels)
    refusal = ""
    try:
        rule = with_settings(name, labels, **wanted(name))
    except InputError as error:
        refusal = str(error)
    if refusal:
        assert "set negatives=" in refusal
        assert labels.min() < 0 or len(set(labels.tolist())) < 2
        return
    index = np.arange(len(labels))
    drawn = rule(index, np.random.default_rng(0)) % len(labels)
    assert drawn.shape == (len(labels), wanted(name).get("k", 0))
    if name in OWN:
        return
    known = labels[:, None] >= 0
    assert not (known & (labels[drawn] == labels[:, None])).any()
    assert not (drawn == index[:, None]).any()


@rules
def test_one_class_is_refused_by_a_rule_that_draws_rows(name):
    if wanted(name) and name not in OWN:
        with pytest.raises(InputError, match="set negatives=in_batch"):
            build("negatives", name, **drawn_with(np.full(6, 3)))
    else:
        rule = build("negatives", name, **drawn_with(np.full(6, 3)))
        assert rule.draws_rows == (name in OWN)


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
