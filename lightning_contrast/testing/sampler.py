"""What holds for every sampler."""

import inspect
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.samplers.sampler import Sampler

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 4, 7, 8], [60, 41, 30, 9, 8, 17]))
Make = Callable[..., Sampler]


def check_sampler(sampler: type[Sampler], **settings: Any) -> None:
    """Raises ``AssertionError`` unless a sampler holds what all samplers of the package hold.

    ``settings`` are arguments of its own; what the data, the run and the ranks give is given here.
    """
    for check in CHECKS:
        check(maker(sampler, **settings))


def maker(sampler: type[Sampler], **settings: Any) -> Make:
    """A function that makes the sampler with these settings, or with others."""
    known = inspect.signature(sampler).parameters

    def make(
        labels: np.ndarray = LABELS, batch_size: int = 8, seed: int = 3, **others: Any
    ) -> Sampler:
        """With two groups of classes, and each third row like the two before it."""
        derived = {
            "groups": (labels > np.median(np.unique(labels))).astype(np.int64),
            "content": np.arange(len(labels), dtype=np.uint64) // np.uint64(3),
            "lengths": np.arange(len(labels)) % 7,
        }
        derived = {name: value for name, value in derived.items() if name in known}
        given = {"labels": labels, "batch_size": batch_size, "seed": seed}
        return sampler(**{**derived, **given, **settings, **others})

    return make


def stream(sampler: Sampler, epochs: Iterable[int] = (0,)) -> list[list[int]]:
    """The batches of epochs, one after the other."""
    batches = []
    for epoch in epochs:
        sampler.set_epoch(epoch)
        batches += [draw.index.tolist() for draw in sampler]
    return batches


def no_row_comes_twice_unless_said_and_length_is_the_number_of_batches(make: Make) -> None:
    sampler = make()
    batches = stream(sampler)
    rows = np.concatenate(batches)
    assert len(batches) == len(sampler), f"len is {len(sampler)}, batches are {len(batches)}"
    again = len(np.unique(rows)) < len(rows)
    assert again == sampler.repeats_rows, f"repeats_rows says {sampler.repeats_rows}, it is {again}"
    assert rows.min() >= 0, "a row is below 0"
    assert rows.max() < len(LABELS), "a row is of no training row"


def every_row_comes_up_within_a_few_epochs(make: Make) -> None:
    seen = set(chain(*stream(make(), range(30))))
    assert seen == set(range(len(LABELS))), f"{len(LABELS) - len(seen)} rows never come up"


def seed_and_epoch_fix_the_batches(make: Make) -> None:
    once, again = make(), make()
    assert [tuple(map(str, d)) for d in once] == [tuple(map(str, d)) for d in again]
    assert stream(make()) != stream(make(seed=4)), "another seed gives the same batches"
    assert stream(once, [0]) != stream(once, [1]), "another epoch gives the same batches"
    assert stream(once, [0]) == stream(again, [1, 0])[len(again) :], "an epoch is another one later"


def ranks_together_have_the_batches_of_one_rank_with_a_larger_batch(make: Make) -> None:
    for ranks, share in ((2, 8), (3, 4)):
        whole = make(batch_size=ranks * share)
        parts = [make(batch_size=share, rank=r, world_size=ranks) for r in range(ranks)]
        for epoch in range(3):
            shares = list(zip(*(stream(part, [epoch]) for part in parts), strict=True))
            joined = [list(chain(*share)) for share in shares]
            assert joined == stream(whole, [epoch]), f"{ranks} ranks have other batches than one"
            assert all(all(s) for s in shares), "a rank has no row of a batch"
            assert all(max(map(len, s)) - min(map(len, s)) <= 1 for s in shares)


def ranks_draw_partners_from_different_seeds(make: Make) -> None:
    seeds = [[d.seed for d in make(batch_size=4, rank=r, world_size=2)] for r in range(2)]
    assert not set(seeds[0]) & set(seeds[1])


def few_classes_are_served_or_refused_with_the_mend(make: Make) -> None:
    """One class; classes smaller than a batch's share of them."""
    for labels in ([5] * 20, [0] * 30 + [3] * 30 + [4], [9] * 40 + [2, 6, 7]):
        try:
            sampler = make(np.array(labels))
        except InputError as error:
            if "set " not in str(error):
                raise AssertionError(f"the message names no mend: {error}") from error
            continue
        assert set(chain(*stream(sampler, range(40)))) == set(range(len(labels)))


def it_continues_behind_any_batch_as_if_it_had_not_stopped(make: Make) -> None:
    whole = make()
    whole.set_epoch(2)
    draws = list(whole)
    for stop in range(len(draws) + 1):
        first = make()
        first.set_epoch(2)
        for _ in zip(range(stop), first, strict=False):
            pass
        second = make()
        second.load_state_dict(first.state_dict())
        second.set_epoch(2)  # as Lightning does on resuming
        rest = list(second)
        assert [d.seed for d in rest] == [d.seed for d in draws[stop:]]
        assert all(map(np.array_equal, [d.index for d in rest], [d.index for d in draws[stop:]]))
        assert len(list(second)) == len(draws)


CHECKS = (
    no_row_comes_twice_unless_said_and_length_is_the_number_of_batches,
    every_row_comes_up_within_a_few_epochs,
    seed_and_epoch_fix_the_batches,
    ranks_together_have_the_batches_of_one_rank_with_a_larger_batch,
    ranks_draw_partners_from_different_seeds,
    few_classes_are_served_or_refused_with_the_mend,
    it_continues_behind_any_batch_as_if_it_had_not_stopped,
)
"""Each takes a function that makes the sampler."""
