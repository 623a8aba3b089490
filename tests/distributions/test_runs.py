"""A distribution in a run: what is written, and what a checkpoint is tested on."""

import json

import pytest

from lightning_contrast.commands.evaluate import evaluate
from lightning_contrast.training.run import train
from tests.choices import config
from tests.runs import composed, write_news

SMALL = (
    *("logger=none", "quiet=true", "trainer.max_epochs=2", "trainer.accelerator=cpu"),
    *("datamodule.batch_size=24", "sampler=shuffled"),
)


def news_run(folder, *overrides):
    table = write_news(folder / "news.csv", rows=300)
    return composed("source=table", f"source.path={table}", "optimizer.lr=0.02", *SMALL, *overrides)


def figures(result, prefix):
    return {key: value for key, value in result.items() if key.startswith(prefix)}


@pytest.fixture(scope="module")
def skewed(tmp_path_factory):
    """A run on a long tail of 69 to 3 rows, drawn by the seed of the run."""
    folder = tmp_path_factory.mktemp("skewed")
    words = (
        "distribution=long_tail",
        "distribution.imbalance_factor=20",
        "seed=3",
        "baselines=true",
    )
    return folder, train(news_run(folder, *words), folder / "run")


def test_the_result_says_what_the_distribution_did(skewed):
    folder, result = skewed
    assert json.loads((folder / "run/result.json").read_text()) == result
    assert result["rows/train_before_distribution"] == 210
    assert result["rows/train"] == 70 + 15 + 3
    assert figures(result, "distribution/") == {
        "distribution/imbalance": 70 / 3,
        "distribution/noise_rate": 0.0,
        "distribution/seed": 3,
    }
    report = (folder / "run/evaluation/report.html").read_text()
    assert "train_before_distribution" in report and "distribution/imbalance" in report


def test_accuracy_on_medium_and_few_is_in_result_and_report(skewed):
    folder, result = skewed
    for prefix in ("test", "validation", "baseline/cross_entropy/test", "baseline/untrained/test"):
        assert f"{prefix}/many_accuracy" not in result
        medium, few = result[f"{prefix}/medium_accuracy"], result[f"{prefix}/few_accuracy"]
        whole = result[f"{prefix}/accuracy"]
        assert min(medium, few) <= whole <= max(medium, few)  # one class and two of three
        assert whole == pytest.approx((medium + 2 * few) / 3)
    assert "classes with &lt; 20" in (folder / "run/evaluation/report.html").read_text()


def test_a_natural_run_tells_no_groups_apart(tmp_path):
    result = train(news_run(tmp_path), tmp_path / "run")
    assert not [key for key in result if "few_accuracy" in key or "medium_accuracy" in key]
    assert result["distribution/imbalance"] == 1
    assert "classes with" not in (tmp_path / "run/evaluation/report.html").read_text()


def test_a_checkpoint_is_tested_beside_the_rows_it_was_trained_on(skewed, tmp_path):
    folder, result = skewed
    again, _ = evaluate(folder / "run/checkpoints/best.ckpt", tmp_path / "again")
    shared = [key for key in again if key.startswith(("test/", "rows/", "distribution/"))]
    assert "test/few_accuracy" in shared
    assert {key: again[key] for key in shared} == pytest.approx(
        {key: result[key] for key in shared}
    )


def test_another_source_is_taken_as_it_is(skewed, tmp_path):
    folder, _ = skewed
    other = config("source", "table") | {"path": str(write_news(tmp_path / "other.csv", rows=60))}
    result, _ = evaluate(folder / "run/checkpoints/best.ckpt", tmp_path / "run", source=other)
    assert (result["rows/train"], result["rows/test"]) == (0, 60)
    assert "distribution/imbalance" not in result
    assert "test/few_accuracy" not in result
