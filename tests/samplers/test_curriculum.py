import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.samplers.clustered import ClusteredSampler
from tests.samplers.test_clustered import blobs, drawn, inside, looked


def both(points, labels, **settings):
    growing = {"first": 0.0, "epochs": 10} | settings
    always = {
        key: growing.pop(key) for key in ("samples_per_class", "refresh_every") & growing.keys()
    }
    pair = (
        ClusteredSampler(labels, 16, **growing, **always),
        ClusteredSampler(labels, 16, **always),
    )
    for sampler in pair:
        sampler.refresh(looked(points), 0)
    return pair


@pytest.mark.parametrize("each", [None, 4])
def test_the_share_of_neighbourhoods_grows_from_first_to_last_and_stays(each):
    points, labels = blobs(12, 64)
    settings = {"samples_per_class": each, "refresh_every": 9}
    curriculum, clustered = both(points, labels, first=0.25, last=0.75, epochs=6, **settings)
    shares = []
    for epoch in range(9):
        near = {frozenset(rows.tolist()) for rows in drawn(clustered, epoch)}
        batches = [frozenset(rows.tolist()) for rows in drawn(curriculum, epoch)]
        assert len(set().union(*batches)) == 768
        shares.append(sum(batch in near for batch in batches) / len(batches))
    promised = [0.25 + 0.5 * min(1, epoch / 6) for epoch in range(9)]
    assert np.allclose(shares, promised, atol=0.5 / 48 + 1e-9)


@pytest.mark.parametrize("each", [None, 2])
def test_the_other_batches_are_random_and_stand_anywhere(each):
    points, labels = blobs(16, 48)
    settings = {"samples_per_class": each, "refresh_every": 20}
    curriculum, clustered = both(points, labels, first=0.5, last=0.5, **settings)
    places = np.zeros(48)
    for epoch in range(20):
        near = {frozenset(rows.tolist()) for rows in drawn(clustered, epoch)}
        batches = drawn(curriculum, epoch)
        known = np.array([frozenset(rows.tolist()) in near for rows in batches])
        places += known
        others = [rows for rows, there in zip(batches, known, strict=True) if not there]
        if each is None:
            pool = inside(points, [np.concatenate(others)])
            assert abs(inside(points, others) - pool) < 0.03
            assert inside(points, others) < 0.3 < inside(points, drawn(clustered, epoch))
        else:
            found = [np.unique(labels[rows], return_counts=True)[1] for rows in others]
            assert all(count.tolist() == [2] * 8 for count in found)
    assert places.min() > 0
    assert places.max() < 20


def test_at_share_0_and_1_all_are_random_and_all_are_neighbourhoods():
    points, labels = blobs(12, 64)
    curriculum, clustered = both(points, labels, epochs=3, refresh_every=4)
    for epoch, share in ((0, 0), (3, 1)):
        near = {frozenset(rows.tolist()) for rows in drawn(clustered, epoch)}
        batches = [frozenset(rows.tolist()) for rows in drawn(curriculum, epoch)]
        assert sum(batch in near for batch in batches) == share * len(batches)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"first": 0.5, "last": 0.2},
            "must not be above last, got first=0.5 and last=0.2: set",
        ),
        ({"first": float("nan")}, "first must be a number"),
        ({"refresh_every": 0}, "refresh_every must be a whole number of at least 1"),
    ],
)
def test_bad_settings_are_told_with_the_mend(settings, line):
    with pytest.raises(InputError, match=line):
        ClusteredSampler(np.zeros(8, dtype=np.int64), 2, **{"first": 0.0} | settings)
