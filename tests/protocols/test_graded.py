"""A run on graded pairs, from the table to its figures; against scipy."""

import json

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.data.graded import cosines_and_scores
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.correlation import correlations
from lightning_contrast.training.run import train
from tests.conftest import QUICK
from tests.made_pairs import write_scored
from tests.runs import composed, write_news


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_scored(tmp_path_factory.mktemp("pairs") / "pairs.jsonl")


def config(table, *words):
    scale = ["source.lowest=0", "source.highest=6"]
    return composed("recipe=graded", f"source.path={table}", *scale, *words)


def test_a_run_ranks_pairs_by_their_scores(table, tmp_path):
    result = train(config(table, "trainer.max_epochs=4", *QUICK), tmp_path / "run")
    assert result["test/spearman"] > 0.6 and result["validation/spearman"] > 0.6
    found = json.loads((tmp_path / "run/evaluation/metrics.json").read_text())
    assert found["graded/spearman"] == pytest.approx(result["test/spearman"])
    assert found["graded/spearman/low"] < found["graded/spearman"] < found["graded/spearman/high"]
    assert "ranks most wrongly" in (tmp_path / "run/report.html").read_text()


@pytest.mark.parametrize("loss", ["cosent", "angle", "cosine_regression"])
def test_each_loss_sees_the_score_of_its_own_pair(table, loss):
    made = config(table, f"loss={loss}")
    datamodule = build_datamodule(made)
    module = build_module(made, datamodule)
    batch = next(iter(datamodule.train_dataloader()))
    rows = module.unit(module.network(batch.inputs), batch)
    pairs = module.contrast.pairing(rows, rows)
    index = rows.index[pairs.positive.any(1)].long().numpy()
    assert len(index) == batch.counts.n
    expected = datamodule.splits.labelled.score[index]
    np.testing.assert_array_equal(pairs.score[pairs.positive].numpy(), expected)
    module.log_dict = lambda *_, **__: None
    module.training_step(batch).backward()
    assert any(p.grad.any() for p in module.network.encoder.parameters())


def test_cosines_meet_the_scores_of_their_own_pairs(table):
    made = config(table)
    datamodule = build_datamodule(made)
    network, splits = build_module(made, datamodule).network, datamodule.splits
    found = cosines_and_scores(network, datamodule, splits.test)
    raw, half = splits.labelled.raw, len(splits.labelled.raw) // 2
    for row, cosine, score in list(zip(*found, strict=True))[:5]:
        one, other = network.embed([raw[row], raw[row + half]])
        assert cosine == pytest.approx(float(one @ other), abs=1e-5)
        assert round(score * 6) == len(set(raw[row].split()) & set(raw[row + half].split()))


def test_correlations_are_those_of_scipy():
    random = np.random.default_rng(0)
    a, b = random.integers(0, 9, 50) / 9, random.standard_normal(50)
    found = correlations(a, b)
    assert found["spearman"] == pytest.approx(spearmanr(a, b).statistic)
    assert found["pearson"] == pytest.approx(pearsonr(a, b).statistic)
    assert correlations(a[:1], b[:1]) == correlations(np.ones(4), b[:4]) == {}


def test_rows_without_scores_are_refused_before_training(tmp_path):
    path = write_news(tmp_path / "news.csv")
    words = ["source=table", f"source.path={path}", "loss=cosent"]
    with pytest.raises(InputError, match=r"reads the graded similarity.*pairing=scored"):
        build_datamodule(composed(*words))
