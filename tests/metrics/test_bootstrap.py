"""Intervals: of the right form, from the right resamples, and as often right as they say."""

import numpy as np
import pytest
import torch

from lightning_contrast.metrics.bootstrap import bootstrap, resampled


def mean_of(column):
    return lambda weight: {"mean": weight @ column.to(weight) / weight.sum(dim=1)}


def test_resamples_draw_as_many_rows_as_there_are_and_do_not_depend_on_chunks():
    whole = next(resampled(50, 20, seed=3))
    assert whole.shape == (20, 50)
    assert (whole.sum(dim=1) == 50).all()
    parts = list(resampled(50, 20, seed=3, chunk=150))
    assert [len(part) for part in parts] == [3] * 6 + [2]
    assert torch.equal(torch.cat(parts).sum(dim=1), whole.sum(dim=1))
    assert abs(whole.var().item() - 1) < 0.2  # Poisson-like: a row is drawn once, give or take one


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    column = torch.randn(400, generator=torch.Generator().manual_seed(0))
    found = bootstrap(mean_of(column), 400, resamples=4000, seed=1)["mean"]
    error = column.std().item() / 20
    assert found.value == pytest.approx(column.double().mean().item(), abs=1e-12)
    assert found.low == pytest.approx(found.value - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(found.value + 1.96 * error, abs=0.1 * error)


def test_intervals_cover_the_truth_as_often_as_they_say():
    random, covered, runs = np.random.default_rng(0), 0, 400
    for run in range(runs):
        right = torch.from_numpy((random.random(200) < 0.8).astype(np.float32))
        found = bootstrap(mean_of(right), 200, resamples=400, seed=run)["mean"]
        covered += found.low <= 0.8 <= found.high
    assert 0.91 <= covered / runs <= 0.98


def test_paired_differences_cover_the_truth_and_are_narrower_than_unpaired_ones():
    random, covered, runs = np.random.default_rng(0), 0, 300
    widths = []
    for run in range(runs):
        hard = random.random(300)  # both find the same rows hard
        first, second = (torch.from_numpy((hard < p).astype(np.float32)) for p in (0.80, 0.85))
        found = bootstrap(mean_of(second - first), 300, resamples=300, seed=run)["mean"]
        covered += found.low <= 0.05 <= found.high
        alone = bootstrap(mean_of(second), 300, resamples=300, seed=run)["mean"]
        widths.append((found.high - found.low) / (alone.high - alone.low))
    assert 0.9 <= covered / runs <= 0.99
    assert np.mean(widths) < 0.8


def test_what_means_nothing_is_left_out_and_resamples_without_it_do_not_count():
    rare = torch.tensor([1.0] + [0.0] * 9)

    def statistic(weight):
        hits = weight @ rare.to(weight)
        return {"nan": hits / 0 * 0, "rare": hits / hits}

    found = bootstrap(statistic, 10, resamples=50)
    assert set(found) == {"rare"} and found["rare"] == (1.0, 1.0, 1.0)
    assert bootstrap(statistic, 0) == {}
