"""A mean over nothing is NaN in every metric: of no row, of one row, of one class."""

import math

import numpy as np
import pytest
import torch

from lightning_contrast.metrics import calibration, geometry, knn, outliers, retrieval
from lightning_contrast.metrics.bootstrap import bootstrap
from lightning_contrast.metrics.by_frequency import accuracy_by_frequency
from lightning_contrast.metrics.group_rates import rates
from lightning_contrast.metrics.running import running_metrics
from lightning_contrast.metrics.temperature import fit_temperature
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.metrics.wilson import wilson_interval


def unit_rows(n, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(n, 16, generator=generator), dim=1)


LABEL = {"no row": [], "one row": [0], "one class": [3, 3, 3, 3], "two lone rows": [0, 1]}
RETRIEVAL = ("map_at_r", "r_precision", "recall_at_1")
HAS = {  # what can be said of each
    "no row": (),
    "one row": ("effective_rank",),
    "one class": ("alignment", "uniformity", "effective_rank", *RETRIEVAL),
    "two lone rows": ("mean_cosine", "uniformity", "effective_rank", "silhouette"),
}


@pytest.mark.parametrize("case", LABEL)
def test_what_has_nothing_to_average_is_nan_and_the_rest_is_finite(case):
    label = torch.tensor(LABEL[case], dtype=torch.long)
    rows = unit_rows(len(label))
    found = {
        "mean_cosine": geometry.mean_cosine(rows, label),
        "alignment": geometry.alignment(rows, label),
        "uniformity": geometry.uniformity(rows),
        "effective_rank": geometry.effective_rank(rows),
        "silhouette": geometry.silhouette(rows, label),
        **retrieval.retrieval_scores(rows, label, (1,)),
    }
    finite = {name for name, value in found.items() if math.isfinite(value)}
    nan = {name for name, value in found.items() if math.isnan(value)}
    assert finite == set(HAS[case])
    assert finite | nan == set(found), "no metric is infinite"


def test_the_mean_cosine_of_one_class_is_nan_whatever_the_rounding():
    batches = [unit_rows(3 + seed % 60, seed) for seed in range(200)]
    found = [geometry.mean_cosine(rows, torch.zeros(len(rows)).long()) for rows in batches]
    assert torch.stack(found).isnan().all()


def test_the_mean_of_an_absent_class_is_nan():
    means, count = geometry.class_means(torch.eye(2), torch.tensor([1, 1]), classes=2)
    assert means[0].isnan().all() and means[1].tolist() == [0.5, 0.5] and count.tolist() == [0, 2]
    similarity = geometry.centroid_similarity(torch.eye(2), torch.tensor([1, 1]), classes=2)
    assert similarity.isnan().tolist() == [[True, True], [True, False]]


def test_rows_without_variance_have_no_spectrum():
    assert geometry.spectrum(torch.ones(4, 3)).isnan().all()


def test_judged_on_no_row_everything_is_nan():
    none = torch.zeros(0, dtype=torch.long)
    judged, weight = Judged(torch.zeros(0, 3), none), torch.ones(1, 0).double()
    figures = [
        *(judged.accuracy(weight), judged.top_k(weight, 2), judged.balanced_accuracy(weight)),
        *(judged.macro_f1(weight), judged.calibration_error(weight)),
    ]
    assert all(figure.isnan().all() for figure in figures)
    assert bootstrap(lambda w: {"accuracy": judged.accuracy(w)}, rows=0) == {}
    assert math.isnan(calibration.expected_calibration_error(torch.zeros(0, 3), none))
    assert math.isnan(knn.knn_accuracy(torch.zeros(0, 3), none, torch.eye(3), torch.arange(3)))
    assert fit_temperature(torch.zeros(0, 3), none) is None
    assert accuracy_by_frequency(none, none, none) == {}


def test_outliers_without_rows_on_a_side_tell_nothing():
    none, some = torch.zeros(0), torch.arange(3.0)
    for inside, outside in ((none, some), (some, none), (none, none)):
        assert math.isnan(outliers.auroc(inside, outside))
        assert math.isnan(outliers.false_positive_rate(inside, outside))
    rows = torch.eye(3)
    assert outliers.neighbour_score(rows[:0], rows, 5).isnan().all()
    assert outliers.mahalanobis_score(rows[:0], none.long(), rows).isnan().all()


def test_rates_of_no_class_and_an_interval_of_no_row_say_nothing():
    label = np.array([0, 1])
    assert rates(label, label, []) == (None, None, None, None)
    assert all(map(math.isnan, wilson_interval(0, 0)))


def test_the_running_metrics_of_unlabelled_rows_are_nan():
    metrics = running_metrics(3)
    metrics.update(torch.eye(3), torch.full((3,), -1))
    assert all(value.isnan() for value in metrics.compute().values())
    metrics.update(torch.eye(3), torch.arange(3))
    assert all(value == 1 for value in metrics.compute().values())
