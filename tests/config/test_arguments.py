from collections.abc import Sequence
from typing import Literal

import pytest
import torch
from pytorch_lightning import Trainer

from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.ranges import Count, Share
from lightning_contrast.errors import InputError


class Part:
    def __init__(
        self,
        width: Count,
        rate: float = 0.1,
        form: Literal["in", "out"] = "out",
        name: str | None = None,
        sizes: Sequence[int] = (),
        deep: bool = False,
        child: object = None,
        share: Share = 1,
    ):
        pass


@pytest.mark.parametrize(
    "arguments",
    [
        {"width": 3},
        {"width": 3, "rate": 1, "form": "in", "name": None, "sizes": [1, 2], "deep": True},
        {"width": 3, "rate": 1e-3, "name": "x", "sizes": (), "child": Part(1)},
    ],
)
def test_arguments_that_fit_are_let_through(arguments):
    check_arguments(Part, arguments)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"width": "abc"}, "Part: width must be a whole number of at least 1, got 'abc'"),
        ({"width": 1.5}, "Part: width must be a whole number of at least 1, got 1.5"),
        ({"width": True}, "Part: width must be a whole number of at least 1, got True"),
        ({"width": 1, "rate": None}, "Part: rate must be a number, got None: set rate=0.1"),
        ({"width": 1, "form": "up"}, "Part: form must be 'in' or 'out', got 'up': set form=out"),
        ({"width": 1, "name": 3}, "Part: name must be a text or null, got 3: set name=null"),
        (
            {"width": 1, "sizes": [1, float("nan")]},
            "Part: sizes must be a list, each a whole number, got [1, nan]: set sizes=[]",
        ),
        ({"width": 1, "rate": float("nan")}, "Part: rate must be a number, got nan: set rate=0.1"),
        (
            {"width": 1, "share": 2},
            "Part: share must be a number from 0 to 1, got 2: set share=1",
        ),
        ({"width": 0}, "Part: width must be a whole number of at least 1, got 0"),
        (
            {"width": 1, "deep": "yes"},
            "Part: deep must be true or false, got 'yes': set deep=false",
        ),
        ({"rate": 0.1}, "Part needs 'width', which neither the config nor the data has"),
        (
            {"width": 1, "wdth": 2},
            "Part has no argument 'wdth'; it has: child, deep, form, name, rate, share, "
            "sizes, width",
        ),
    ],
)
def test_an_argument_that_does_not_fit_is_named(arguments, line):
    with pytest.raises(InputError) as caught:
        check_arguments(Part, arguments)
    assert str(caught.value) == line


def test_all_unknown_arguments_are_told_at_once_with_the_words_that_leave_them_out():
    with pytest.raises(InputError) as caught:
        check_arguments(Part, {"width": 1, "pool": 2, "patch": 3}, key="encoder")
    assert str(caught.value).startswith("Part has no arguments 'pool', 'patch'; it has: ")
    assert str(caught.value).endswith("; leave them out: ~encoder.pool ~encoder.patch")


def test_an_argument_that_a_choice_of_a_group_lacks_is_left_out_by_its_key():
    from lightning_contrast.losses.triplet_margin import TripletMargin
    from lightning_contrast.units.whole import Whole

    with pytest.raises(InputError, match=r"leave it out: ~loss\.temperature$"):
        check_arguments(TripletMargin, {"temperature": 0.05}, key="loss")
    with pytest.raises(InputError, match=r"it has: none; leave it out: ~unit\.merged$"):
        check_arguments(Whole, {"merged": True}, key="unit")


def test_what_is_missing_may_come_later_but_what_is_there_must_fit():
    check_arguments(Part, {}, partial=True)
    with pytest.raises(InputError, match="width"):
        check_arguments(Part, {"width": "x"}, partial=True)


@pytest.mark.parametrize(
    ("target", "arguments"),
    [
        (Trainer, {"precision": "foo"}),
        (Trainer, {"max_epochs": "abc"}),
        (torch.optim.AdamW, {"params": [], "lr": "abc"}),
    ],
)
def test_the_parts_of_other_libraries_are_held_to_their_annotations_too(target, arguments):
    with pytest.raises(InputError, match="must be"):
        check_arguments(target, arguments)


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), "abc", None, True])
def test_a_learning_rate_that_is_no_number_names_the_key_of_the_optimizer(rate):
    with pytest.raises(
        InputError, match=r"lr must be a number or Tensor.*set optimizer\.lr=0\.001"
    ):
        check_arguments(torch.optim.AdamW, {"lr": rate}, partial=True, key="optimizer")
    check_arguments(torch.optim.AdamW, {"lr": torch.tensor(0.1)}, partial=True)
