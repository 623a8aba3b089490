"""No part of any group takes a number that it can't work with: a new one is found by its YAML."""

import inspect
import math
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from lightning_contrast.config.construct import locate
from lightning_contrast.config.part import Part
from lightning_contrast.config.ranges import Range
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from tests.choices import config, names
from tests.circle import batch_for, rows

CHECKED = ("loss", "miner", "pairing", "candidates")
DERIVED = {"classes": 4, "embedding_size": 6, "pairing": None}


def choices() -> list[tuple[str, str]]:
    return [(group, name) for group in CHECKED for name in names(group)]


def options(hint: Any) -> list[Any]:
    """The parts of a union, or the one type."""
    return [hint] if get_origin(hint) in (None, Annotated) else list(get_args(hint))


def numbers(group: str, name: str) -> dict[str, Any]:
    """The arguments of a choice that are numbers, with their type and ranges."""
    target = locate(config(group, name))
    hints = get_type_hints(target.__init__, include_extras=True)
    found = {}
    for argument in inspect.signature(target).parameters:
        for option in options(hints.get(argument)):
            kind = get_args(option)[0] if get_origin(option) is Annotated else option
            if kind in (int, float):
                found[argument] = option
    return found


CASES = [(group, name, argument) for group, name in choices() for argument in numbers(group, name)]


def made(group: str, name: str, **values: Any) -> Part:
    """The part by its constructor, as a notebook makes it."""
    target = locate(config(group, name))
    settings = {key: value for key, value in config(group, name).items() if key[0] != "_"}
    taken = inspect.signature(target).parameters
    derived = {key: value for key, value in DERIVED.items() if key in taken}
    return target(**derived | settings | values)


def made_or_refused(group: str, name: str, **values: Any) -> tuple[Any, str]:
    try:
        return made(group, name, **values), ""
    except InputError as error:
        return None, str(error)


def works(group: str, part: Any) -> None:
    """Lets a loss, a miner or a pairing score a batch."""
    if group not in ("loss", "miner", "pairing"):
        return
    parts = {"pairing": "label", "miner": "keep_all", "loss": "supcon"}
    made_of = {other: made(other, choice) for other, choice in parts.items()} | {group: part}
    contrast = Contrast(**made_of, compile=False)
    sides = batch_for(contrast.loss, rows([0, 0, 1, 1, 2, 2, 0]))
    total, weight = contrast(*sides)
    assert total.isfinite() and weight.isfinite()


@pytest.mark.parametrize(("group", "name", "argument"), CASES)
def test_a_number_is_refused_by_name_or_gives_a_part_that_works(group, name, argument):
    hint = numbers(group, name)[argument]
    whole = int in (hint, *get_args(hint))
    bad = [math.nan, math.inf, -math.inf, "1", True, *([2.5] if whole else [])]
    ranges = [each for each in get_args(hint) if isinstance(each, Range)]
    step = 1 if whole else 1e-6
    bad += [each.least - step for each in ranges if math.isfinite(each.least)]
    bad += [each.most + step for each in ranges if math.isfinite(each.most)]
    bad += [end for each in ranges for end in (each.above, each.below) if math.isfinite(end)]
    for value in bad:
        with pytest.raises(InputError) as caught:
            made(group, name, **{argument: value})
        line = str(caught.value)
        assert f" {argument} must be " in line and "\n" not in line
    for value in (-1, 0, 1, 2, 1e-6, 0.5):
        if not whole or isinstance(value, int):
            part, line = made_or_refused(group, name, **{argument: value})
            assert argument in line and "\n" not in line if line else works(group, part) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("semi_hard", {"margin": 0}),
        ("semi_hard", {"margin": -0.2}),
        ("top_k_negatives", {"k": 2.5}),
    ],
)
def test_a_miner_that_could_keep_nothing_is_refused(name, value):
    with pytest.raises(InputError, match=r"greater than 0|of at least 1"):
        made("miner", name, **value)
