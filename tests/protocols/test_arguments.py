"""No protocol and no corruption takes a number that it can't work with."""

import inspect
import math

import pytest

from lightning_contrast.config.construct import locate
from lightning_contrast.errors import InputError
from lightning_contrast.protocols.efficiency import Efficiency
from tests.choices import config, names

CORRUPTIONS = config("protocols", "robustness")["corruptions"]


def numbers():
    """Each protocol with each of its arguments that are numbers, or sequences of them."""
    for name in names("protocols"):
        settings = config("protocols", name)
        for argument, value in settings.items():
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, int | float) and not isinstance(first, bool):
                fraction = [] if argument in ("seconds", "temperature") else [2.5]
                for wrong in (math.nan, math.inf, -1, *fraction):
                    yield pytest.param(
                        name, argument, value, wrong, id=f"{name}.{argument}={wrong}"
                    )


@pytest.mark.parametrize(("name", "argument", "value", "wrong"), list(numbers()))
def test_a_number_out_of_its_range_is_refused_and_its_argument_named(name, argument, value, wrong):
    settings = config("protocols", name)
    target = locate(settings)
    arguments = {k: v for k, v in settings.items() if k in inspect.signature(target).parameters}
    arguments[argument] = [wrong] if isinstance(value, list) else wrong
    with pytest.raises(InputError, match=argument) as error:
        target(**arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_level_out_of_its_range_is_refused(name, wrong):
    with pytest.raises(InputError, match=r"levels must be (a list|numbers)"):
        locate(CORRUPTIONS[name])(levels=[0.1, 0.1, 0.1, 0.1, wrong])


def test_efficiency_needs_a_batch_size():
    with pytest.raises(InputError, match="needs a batch size"):
        Efficiency(batch_sizes=[])
