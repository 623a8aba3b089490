"""What holds for every regulariser: a new one is found by its YAML in conf/regulariser."""

from functools import partial

import pytest
import torch
from torch import nn

from lightning_contrast.batch import Counts
from lightning_contrast.config.part import Run
from lightning_contrast.errors import InputError
from lightning_contrast.regularisers.regulariser import Added, views_of
from lightning_contrast.runtime.distributed import world_size
from lightning_contrast.testing.ranks import on_two_ranks
from tests.choices import build, names, run_of

NAMES = names("regulariser")
SIZES = {"classes": 3, "embedding_size": 6}
regularisers = pytest.mark.parametrize("name", NAMES)
SPLITS = {2: ([4, 4], [3, 5], [0, 8]), 3: ([2, 3, 3], [0, 1, 7])}


def random_views(views=2, rows=5, width=4, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(views, rows, width, generator=generator, dtype=dtype)


def keys_of(view):
    """Vectors of a teacher for these rows, which a small step does not change."""
    return view.detach().sign()


def penalty(part, views):
    return part(views, keys_of(views[0])) if part.needs_teacher else part(views)


@regularisers
@pytest.mark.parametrize("views", [1, 2, 3])
def test_the_gradient_is_that_of_finite_differences(name, views):
    if views == 1 and build("regulariser", name).needs_positives:
        return
    part = build("regulariser", name)

    def value(projected):
        part.steps = 0  # the same directions each time
        return penalty(part, projected)

    leaf = random_views(views).requires_grad_()
    assert torch.autograd.gradcheck(value, leaf)
    part.steps = 0
    penalty(part, leaf).backward()
    assert leaf.grad.any()


@regularisers
@pytest.mark.parametrize(
    ("views", "rows"), [(1, 0), (2, 0), (1, 1), (2, 1), (1, 2), (2, 2), (4, 2)]
)
def test_small_batches_are_finite_and_have_a_gradient(name, views, rows):
    leaf = random_views(views, rows).requires_grad_()
    value = penalty(build("regulariser", name), leaf)
    value.backward()
    assert value.shape == () and value.isfinite() and leaf.grad.isfinite().all()


@regularisers
def test_rows_alike_and_rows_of_zeros_are_finite(name):
    for projected in (torch.ones(2, 6, 4), torch.zeros(2, 6, 4)):
        leaf = projected.requires_grad_()
        value = penalty(build("regulariser", name), leaf)
        value.backward()
        assert value.isfinite() and leaf.grad.isfinite().all()


@regularisers
def test_a_row_of_nan_is_no_silent_number(name):
    views = random_views()
    views[1, 2] = torch.nan
    assert not penalty(build("regulariser", name), views).isfinite()


@regularisers
def test_half_precision_is_scored_in_float32(name):
    part = Added({name: build("regulariser", name)})
    half = random_views().flatten(0, 1).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (found,) = part(half, Counts(5, 1, 0), None, keys_of(half)).values()
    part.parts[name].steps = 0
    (expected,) = part(half.float(), Counts(5, 1, 0), None, keys_of(half)).values()
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected)


@regularisers
def test_the_order_of_the_rows_does_not_matter(name):
    views = random_views(rows=7)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(1))
    first, second = (penalty(build("regulariser", name), v) for v in (views, views[:, order]))
    torch.testing.assert_close(first, second)


def test_negatives_are_left_out_and_views_stand_one_after_the_other():
    rows = torch.arange(12.0)[:, None]  # three anchors, two positives of each, one negative each
    views = views_of(rows, Counts(3, 2, 1))
    assert views.flatten(1).tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


COMPARING = [build("regulariser", name) for name in NAMES]
COMPARING = [part for part in COMPARING if part.needs_positives and not part.of_prototypes]


@pytest.mark.parametrize("part", COMPARING, ids=lambda part: type(part).__name__)
def test_one_that_compares_views_asks_for_them(part):
    run: Run = run_of(positives=build_class("none"))
    with pytest.raises(InputError, match="compares the views of a row, and none are drawn"):
        part.check(run)


def test_one_of_prototypes_asks_for_several_of_a_class():
    part = build("regulariser", "merged_prototypes")
    with pytest.raises(InputError, match=r"set loss=soft_triple candidates=\[prototypes\]"):
        part.check(run_of())
    store, loss = build("candidates", "prototypes", **SIZES), build("loss", "soft_triple")
    part.check(run_of(candidates=store, loss=loss))
    rows, counts = torch.zeros(4, 6), Counts(4, 0, 0)
    found = Added({"merged": part})(rows, counts, store.class_prototypes())["merged"]
    torch.testing.assert_close(found, part.weight * part(store.class_prototypes()))


def test_one_of_a_teacher_asks_for_it():
    part = build("regulariser", "angles")
    with pytest.raises(InputError, match=r"reads a teacher, and the run has none: set candidates"):
        part.check(run_of())
    store = build("candidates", "teacher", **SIZES, model="any", as_candidates=False)
    part.check(run_of(candidates=store))


def test_places_are_refused():
    with pytest.raises(InputError, match=r"compares whole samples.*set regulariser=\[\]"):
        build("regulariser", NAMES[0]).check(run_of(unit=build("unit", "token")))


def build_class(name):
    from lightning_contrast.config.construct import locate
    from tests.choices import config

    return locate(config("positives", name))


class Net(nn.Module):
    """A projection that learns, and every regulariser of it."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(4, 4)
        self.added = Added({name: build("regulariser", name) for name in NAMES})
        self.double()


def values_and_gradients(sizes, number=0):
    """Of each regulariser, on this rank's share of the rows; gradients averaged, as DDP does."""
    import torch.distributed as dist

    found = {}
    for name in NAMES:
        net = Net()
        views = random_views(rows=8).split(list(sizes), 1)[number]
        projected = net.layer(views.flatten(0, 1))
        counts, keys = Counts(sizes[number], 1, 0), keys_of(views.flatten(0, 1))
        value = net.added(projected, counts, None, keys)[name]
        value.backward()
        gradient = net.layer.weight.grad
        if world_size() > 1:
            dist.all_reduce(gradient)
            gradient /= world_size()
        found[name] = (value.detach(), gradient)
    return found


def all_splits(number, ranks):
    return [values_and_gradients(sizes, number) for sizes in SPLITS[ranks]]


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_have_the_value_and_the_gradient_of_one_process(ranks, tmp_path):
    expected = values_and_gradients([8])
    assert all(gradient.any() for _, gradient in expected.values())
    for rank in on_two_ranks(partial(all_splits, ranks=ranks), tmp_path, ranks):
        for found in rank:
            for name in NAMES:
                torch.testing.assert_close(found[name], expected[name], rtol=1e-10, atol=1e-12)
