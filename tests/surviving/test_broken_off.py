"""A run that is broken off anywhere and started again ends like the run that was left alone."""

import csv

import pytest

from lightning_contrast.loggers.continued import go_on, logged_before
from lightning_contrast.loggers.make import csv_logger
from tests.runs import composed, write_news
from tests.surviving.broken_off import differing, fit

TINY = [
    *("source=table", "sampler=shuffled", "datamodule.batch_size=16"),
    *("datamodule.eval_batch_size=4", "trainer.accelerator=cpu", "trainer.max_epochs=3"),
    *("logger=none", "quiet=true"),
]
MOCO = [
    *("candidates=[momentum,queue]", "candidates.queue.size=50", "positives=view"),
    *("pairing=instance", "loss=info_nce", "module.symmetric=false"),
]
CASES = {
    "average": [*MOCO, "callbacks=[default,weight_average]"],
    "validates every second epoch": ["trainer.check_val_every_n_epoch=2", "trainer.max_epochs=5"],
    "validates in mid-epoch": ["+trainer.val_check_interval=2"],
    "accumulates": ["trainer.accumulate_grad_batches=2"],
    "stops in mid-epoch": ["trainer.max_steps=7"],
    "stops early": ["callbacks=[default,early_stopping]", "callbacks.early_stopping.patience=1"],
    "never validates": ["trainer.limit_val_batches=0"],
}
LONGEST = 60


def prepared(folder, *overrides):
    news = write_news(folder / "news.csv")
    return composed(*TINY, f"source.path={news}", *overrides)


@pytest.fixture(scope="module")
def average(tmp_path_factory):
    folder = tmp_path_factory.mktemp("average")
    run = prepared(folder, *CASES["average"])
    return run, fit(run, folder / "whole")


# Three batches, three of validation, the ends of both: 8 events an epoch.
@pytest.mark.parametrize(
    "event", [2, 3, 5, 15], ids=["in an epoch", "at its last batch", "in validation", "behind it"]
)
def test_weights_optimiser_schedule_average_and_best_are_those_of_the_run_left_alone(
    average, tmp_path, event
):
    run, whole = average
    assert fit(run, tmp_path, event) is None, "it was broken off"
    assert differing(whole, fit(run, tmp_path)) == []


def test_a_run_broken_off_again_and_again_ends_like_the_run_left_alone(average, tmp_path):
    run, whole = average
    assert fit(run, tmp_path, 2) is None
    assert fit(run, tmp_path, 3) is None
    assert differing(whole, fit(run, tmp_path)) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_it_may_be_broken_off_at_every_batch_and_every_end(tmp_path, case):
    run = prepared(tmp_path, *CASES[case])
    whole = fit(run, tmp_path / "whole")
    wrong = {}
    for event in range(1, LONGEST):
        if fit(run, tmp_path / str(event), event) is not None:
            break
        if found := differing(whole, fit(run, tmp_path / str(event))):
            wrong[event] = found
    assert 8 < event < LONGEST
    assert wrong == {}


def test_a_finished_run_that_is_started_again_has_nothing_to_do(average, tmp_path):
    run, whole = average
    fit(run, tmp_path)
    assert differing(whole, fit(run, tmp_path)) == []


def test_a_run_that_ended_early_has_nothing_to_do_either(tmp_path):
    run = prepared(tmp_path, *CASES["stops early"], "optimizer.lr=0", "trainer.max_epochs=9")
    first = fit(run, tmp_path)
    assert first["steps"] == 6, "two epochs: the second was no better"
    assert differing(first, fit(run, tmp_path)) == []


@pytest.mark.filterwarnings("ignore:Experiment logs directory")
def test_the_curve_in_metrics_csv_has_no_gap_and_no_step_twice(tmp_path):
    logger = csv_logger(tmp_path)
    for step in range(0, 50, 10):
        logger.log_metrics({"train/loss": step / 10}, step)
    logger.save()
    with (tmp_path / "logs" / "metrics.csv").open("a") as file:
        file.write("5")  # killed in mid-line
    before = logged_before(tmp_path, 25)
    again = csv_logger(tmp_path)
    go_on([again], before)
    again.log_metrics({"train/loss": 3.0, "validation/loss": 1.0}, 30)
    again.save()
    rows = list(csv.DictReader((tmp_path / "logs" / "metrics.csv").read_text().splitlines()))
    assert [int(row["step"]) for row in rows] == [0, 10, 20, 30]
    assert [float(row["train/loss"]) for row in rows] == [0, 1, 2, 3]
