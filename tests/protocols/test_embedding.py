import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.judge import judge
from lightning_contrast.evaluation.probe import Probe
from lightning_contrast.protocols.embedding import EmbeddingQuality


@pytest.fixture(scope="module")
def figures(subject):
    return subject, EmbeddingQuality(draws=2, resamples=50)(subject).figures


def test_its_figures_are_those_of_the_run(figures):
    subject, found = figures
    run = judge(subject)
    pairs = {"knn_20": "knn_accuracy", "recall_at_1": "recall_at_1", "map_at_r": "map_at_r"}
    pairs |= {"alignment": "alignment", "uniformity": "uniformity"}
    for ours, name in pairs.items():
        assert found[f"embedding/{ours}"] == pytest.approx(run[f"test/{name}"], abs=1e-9)


def test_everything_is_measured(figures):
    _, found = figures
    names = {name.split("/")[1] for name in found}
    assert names == {
        *(f"knn_{k}" for k in (1, 5, 20, 200)),
        *("linear_probe", "linear_probe_c", "probe_1_shot", "probe_5_shot", "probe_10_shot"),
        *("recall_at_1", "recall_at_5", "recall_at_10", "map_at_r", "r_precision"),
        *("alignment", "uniformity", "effective_rank", "silhouette"),
    }
    assert found["embedding/probe_10_shot/sd"] >= 0
    assert found["embedding/recall_at_1"] <= found["embedding/recall_at_10"]


def test_a_probe_learns_more_from_more_rows_and_chooses_its_c_on_validation(image_subject):
    subject = image_subject
    probe = Probe(subject.train, subject.validation, subject.test)
    right, penalty = probe.linear()
    assert penalty in (0.01, 0.1, 1.0, 10.0)
    few = [probe.few_shot(shots, draws=3, seed=0).mean for shots in (1, 10)]
    assert few[0] < few[1] <= right.double().mean().item() + 0.05
    blind = subject.validation._replace(
        **{name: column[:0] for name, column in subject.validation._asdict().items()}
    )
    assert Probe(subject.train, blind, subject.test).linear()[1] == 1.0


def test_a_number_below_one_is_refused():
    with pytest.raises(InputError, match="knn must be a list, each a whole number of at least 1"):
        EmbeddingQuality(knn=[0])
