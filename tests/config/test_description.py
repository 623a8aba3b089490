"""A part as plain values, and what keeps it from being described."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from lightning_contrast.config.construct import construct
from lightning_contrast.config.description import describe
from lightning_contrast.data.complete import complete
from lightning_contrast.errors import InputError
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.samplers.sampler import Sampler
from lightning_contrast.sources.source import Source
from lightning_contrast.views.view import View


class Gap(SupCon):
    def __init__(self, scale: float = 5.0) -> None:
        super().__init__()
        self.scaled = scale


class Doubled(SupCon):
    def __init__(self, scale: float = 5.0) -> None:
        super().__init__()
        self.scale = 2 * scale


class InOrder(Sampler):
    def __init__(self, labels, batch_size: int, gap: int = 1) -> None:
        self.steps = gap

    def order(self, random):
        return np.arange(10)


class Blur(View):
    def __init__(self, radius: int = 1) -> None:
        super().__init__()


class Notes(Source):
    modality = "text"

    def __init__(self, path: str) -> None:
        self.file = Path(path)

    def load(self):
        raise NotImplementedError


class Any(KeepAll):
    def __init__(self, *cosines: float, **settings: float) -> None:
        self.cosines, self.settings = cosines, settings


class Kept(KeepAll):
    def __init__(self, value: object = None) -> None:
        self.value = value


def target(kind):
    return f"{kind.__module__}.{kind.__qualname__}"


@pytest.mark.parametrize(
    ("kind", "argument"), [(Gap, "scale"), (Blur, "radius"), (Notes, "path")], ids=str
)
def test_an_argument_that_is_not_kept_is_told_when_the_part_is_built(kind, argument):
    value = "a.csv" if argument == "path" else 2
    line = f"{kind.__name__} must keep its argument '{argument}' as self.{argument}, so that"
    with pytest.raises(InputError, match=line):
        construct({"_target_": target(kind), argument: value})


def test_so_is_one_of_a_part_that_the_data_completes():
    with pytest.raises(InputError, match=r"InOrder must keep its argument 'gap' as self.gap"):
        complete(partial(InOrder, gap=2), labels=np.zeros(10), batch_size=5)


def test_so_is_one_that_is_changed_on_the_way():
    with pytest.raises(InputError, match=r"Doubled keeps 4.0 as self.scale, and was given 2.0"):
        construct({"_target_": target(Doubled), "scale": 2.0})


@pytest.mark.parametrize("value", [1, 0.5, "a", True, None, [1, 2], {"a": [1]}, [[1], ["b"]]])
def test_plain_values_come_back_as_they_were(value):
    config = {"_target_": target(Kept), "value": value}
    part = construct(config)
    assert describe(part) == config
    assert describe(construct(describe(part))) == config


def test_numbers_of_numpy_paths_and_tuples_are_made_plain(tmp_path):
    plain = describe(Kept([np.float64(0.5), tmp_path, (1, True)]))["value"]
    assert plain == [0.5, str(tmp_path), [1, True]]
    assert [type(each) for each in plain] == [float, str, list]
    assert type(plain[2][1]) is bool
    torch.save(plain, tmp_path / "plain")
    assert torch.load(tmp_path / "plain", weights_only=True) == plain


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (np.zeros(2), "keeps a ndarray, where a checkpoint holds plain values"),
        (torch.zeros(2), "keeps a Tensor, where a checkpoint holds plain values"),
        ({1, 2}, "keeps a set, where a checkpoint holds plain values"),
        (lambda: 0, "is defined inside a function, where no checkpoint can find it"),
        (Any(), r"Any takes \*cosines: float, which no checkpoint can describe"),
    ],
    ids=["array", "tensor", "set", "function", "rest"],
)
def test_what_no_checkpoint_can_hold_is_named(value, line):
    with pytest.raises(InputError, match=line):
        describe(Kept(value))
