import pytest
from hydra.utils import instantiate
from torch._utils import ExceptionWrapper

from lightning_contrast.errors import InputError
from lightning_contrast.errors.explain import TRACEBACK, explain


def refuse(**arguments):
    raise InputError(f"arguments must be empty, got {arguments}")


def raised_by(call, *arguments):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the kind is Hydra's and torch's affair
        call(*arguments)
    return caught.value


def instantiation(target, **arguments):
    return raised_by(instantiate, {"_target_": target, **arguments})


def test_an_input_error_is_found_behind_hydras_instantiation():
    error = instantiation(f"{__name__}.refuse", a=1)
    assert explain(error) == "arguments must be empty, got {'a': 1}"


def test_an_input_error_of_a_data_loader_worker_is_its_line_without_the_traceback():
    try:
        refuse(a=1)
    except InputError:
        wrapper = ExceptionWrapper(where="in DataLoader worker process 0")
    assert explain(raised_by(wrapper.reraise)) == "arguments must be empty, got {'a': 1}"


def test_an_input_error_is_one_line_whatever_it_holds():
    assert explain(InputError("a column\n  is missing:\n x")) == "a column is missing: x"


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (instantiation("fractions.Fraction", wrong=1), ["TypeError: ", "'wrong'"]),
        (instantiation("no_such_module.Loss"), ["cannot import 'no_such_module.Loss'"]),
        (MemoryError(), ["out of memory", "datamodule.batch_size"]),
        (PermissionError(13, "Permission denied", "x.csv"), ["x.csv: Permission denied"]),
    ],
)
def test_what_a_user_can_mend_is_one_line(error, parts):
    line = explain(error)
    assert "\n" not in line
    assert all(part in line for part in parts)


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("x"), OSError("x")])
def test_a_fault_of_ours_is_not_explained_away_unless_it_came_before_the_task(error):
    assert explain(error) is None
    assert explain(error, composing=True).endswith(TRACEBACK)
