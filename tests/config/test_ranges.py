"""No part of any group takes a number that it can't work with: a new one is found by its YAML."""

import inspect
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, get_args, get_origin

import pytest
import torch

from lightning_contrast.config.construct import construct, locate
from lightning_contrast.config.part import Part
from lightning_contrast.config.ranges import Range
from lightning_contrast.errors import InputError
from tests.choices import CONF, config, loaded
from tests.smallest_use import use
from tests.told import VISION, derived, whole

ELSEWHERE = {"timm"}  # an optional package, which is not in this environment


def described(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict]]:
    """Every part of ours that a YAML describes, at any depth."""
    if isinstance(value, dict):
        if str(value.get("_target_", "")).startswith("lightning_contrast."):
            yield path, value
        for key, inner in value.items():
            yield from described(inner, (*path, key))


def found() -> dict[Any, tuple[str, dict[str, Any]]]:
    """By class: its group, and the settings of one YAML."""
    parts: dict[Any, tuple[str, dict[str, Any]]] = {}
    for file in sorted(CONF.glob("*/*.yaml")):
        if file.stem in ELSEWHERE:
            continue
        for path, settings in described(loaded(file), (file.parent.name,)):
            target = locate(settings)
            group = path[1] if path[0] in ("modality", "sweep") else path[0]
            parts.setdefault(target, (getattr(target, "group", "") or group, settings))
    return parts


PARTS = found()


def options(hint: Any) -> list[Any]:
    """The parts of a union, or the one type."""
    plain = get_origin(hint) in (None, Annotated, list, tuple, Sequence)
    return [hint] if plain else list(get_args(hint))


def numbers(target: Any) -> dict[str, tuple[Any, bool]]:
    """The arguments that are numbers or lists of them: type with ranges, and whether a list."""
    numeric: dict[str, tuple[Any, bool]] = {}
    made_by = getattr(getattr(target, "__init__", target), "__module__", "")
    if inspect.isclass(target) and not (
        issubclass(target, Part) or made_by.startswith("lightning_contrast")
    ):
        return numeric  # Lightning's own constructor
    for argument, parameter in inspect.signature(target).parameters.items():
        for option in options(parameter.annotation):
            listed = get_origin(option) in (list, tuple, Sequence)
            each = get_args(option)[0] if listed else option
            kind = get_args(each)[0] if get_origin(each) is Annotated else each
            if kind in (int, float) and str not in options(parameter.annotation):
                numeric[argument] = (each, listed)
    return numeric


CASES = [(target, argument) for target in PARTS for argument in numbers(target)]
IDS = [f"{PARTS[target][0]}-{target.__name__}-{argument}" for target, argument in CASES]


def made(target: Any, folder: Any, **values: Any) -> Any:
    """The part by its constructor, as a notebook makes it."""
    group, settings = PARTS[target]
    if not inspect.isclass(target):
        return construct({**settings, **derived(group, folder), **values})
    plain = {
        key: value
        for key, value in settings.items()
        if key[0] != "_"
        and not str(value).startswith(("${", "???"))
        and not isinstance(value, dict)
    }
    own = whole(target, folder) if group in ("datamodule", "module") else derived(group, folder)
    own |= {"config": VISION} if target.__name__ == "PretrainedImage" else {}
    taken = inspect.signature(target).parameters
    return target(**plain | {key: value for key, value in own.items() if key in taken} | values)


def works_or_is_refused(target: Any, folder: Any, argument: str, value: Any) -> None:
    torch.manual_seed(0)
    line = ""
    try:
        part = made(target, folder, **{argument: value})
        if argument not in derived(PARTS[target][0], folder):  # else its data would be others
            use(PARTS[target][0], part, folder)
    except InputError as error:
        line = str(error)
    assert not line or (argument in line and "\n" not in line)


@pytest.mark.parametrize(("target", "argument"), CASES, ids=IDS)
def test_a_number_is_refused_by_name_or_gives_a_part_that_works(target, argument, tmp_path):
    hint, listed = numbers(target)[argument]
    whole_number = int in (hint, *get_args(hint))
    bad = [math.nan, math.inf, -math.inf, "1", True, *([2.5] if whole_number else [])]
    ranges = [each for each in get_args(hint) if isinstance(each, Range)]
    step = 1 if whole_number else 1e-6
    bad += [each.least - step for each in ranges if math.isfinite(each.least)]
    bad += [each.most + step for each in ranges if math.isfinite(each.most)]
    bad += [end for each in ranges for end in (each.above, each.below) if math.isfinite(end)]
    default = inspect.signature(target).parameters[argument].default
    many = len(default) if isinstance(default, list | tuple) and default else 3
    for value in bad:
        with pytest.raises(InputError) as caught:
            made(target, tmp_path, **{argument: [value] * many if listed else value})
        line = str(caught.value)
        assert f" {argument} must be " in line and "\n" not in line
    for value in (-1, 0, 1, 2, 1e-6, 0.5):
        if not whole_number or isinstance(value, int):
            works_or_is_refused(target, tmp_path, argument, [value] * many if listed else value)


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
        locate(config("miner", name))(**value)
