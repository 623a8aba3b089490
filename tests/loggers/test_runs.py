"""What the W&B runs of a sweep, an evaluation and predictions hold, read back from their files."""

import json

import numpy as np
import pytest

from lightning_contrast.loggers.make import close_loggers
from lightning_contrast.loggers.sweep import log_sweep
from lightning_contrast.loggers.weights_and_biases import wandb_logger
from lightning_contrast.sweeps.board import jobs_of
from tests.offline_runs import artifacts, read_run, records, table

HEALTH = (
    *("gradient_norm", "gradient_norm/encoder", "gradient_norm/head", "embedding_norm"),
    *("cosine/positive", "cosine/negative", "alignment", "uniformity", "effective_rank"),
    *("temperature", "learning_rate"),
)


def test_each_job_has_its_own_finished_run_in_the_group_of_the_sweep(sweep):
    for job, rate in ((0, 0.01), (1, 0.02)):
        run, config, history, summary, code = read_run(sweep / str(job))
        assert code == 0
        group = f"{sweep.parent.name}_night"
        assert (run.run_group, run.job_type, run.notes) == (group, "train", "first try")
        assert list(run.tags) == ["a"]
        assert run.display_name == f"supcon_table optimizer.lr={rate}"
        assert config["optimizer"]["lr"] == rate, "the config of the job before it"
        assert (
            summary["test/accuracy"]
            == json.loads((sweep / f"{job}/result.json").read_text())["test/accuracy"]
        )
        assert any("train/loss" in row for row in history)


def test_health_is_logged_when_it_is_due_and_not_before(sweep):
    _, _, history, *_ = read_run(sweep / "0")
    looked = [row for row in history if "health/gradient_norm" in row]
    losses = [row["trainer/global_step"] for row in history if "train/loss" in row]
    steps = [row["trainer/global_step"] for row in looked]
    assert steps == [step for step in losses if step % 2]
    for row in looked:
        assert {f"health/{name}" for name in HEALTH} <= row.keys()
        assert row["health/temperature"] == pytest.approx(0.1)
        assert -1 <= row["health/cosine/negative"] <= 1
    histograms = [row for row in history if "health/cosines/positive/values" in row]
    assert [row["trainer/global_step"] for row in histograms] == steps
    assert len(histograms[0]["health/cosines/positive/values"]) == 50


def test_mistakes_and_confusion_are_tables(sweep):
    columns, rows = table(sweep / "0", "tables/accuracy_confusion")
    assert columns[0] == "true" and [row[0] for row in rows] == columns[1:]
    counts = np.array([row[1:] for row in rows])
    result = json.loads((sweep / "0" / "result.json").read_text())
    assert counts.trace() / counts.sum() == pytest.approx(result["test/accuracy"])


def test_checkpoint_and_report_are_artefacts_with_their_lineage(sweep, after):
    made = artifacts(sweep / "0")
    checkpoint = made["supcon_table-checkpoint"]
    assert checkpoint.type == "model" and not checkpoint.use_after_commit
    assert "best" in checkpoint.aliases
    (file,) = checkpoint.manifest.contents
    assert file.local_path == str(sweep / "0" / "checkpoints" / "best.ckpt"), "it was copied"
    report = {item.path for item in made["supcon_table-report"].manifest.contents}
    assert {"result.json", "evaluation/report.html", "evaluation/metrics.json"} <= report

    for folder, kind in (("evaluated", "evaluate"), ("predicted", "predict")):
        run, _, _, summary, code = read_run(after / folder)
        assert (run.job_type, code) == (kind, 0)
        used = artifacts(after / folder)["supcon_table-checkpoint"]
        assert used.use_after_commit and used.digest == checkpoint.digest
    assert "evaluate-report" in artifacts(after / "evaluated")
    assert artifacts(after / "predicted")["labels-labels"].type == "predictions"
    assert summary["rows/labelled"] == 2


def test_what_waits_to_be_sent_lies_with_its_run(sweep, no_account):
    for record in records(sweep / "0"):
        for item in record.artifact.manifest.contents if record.HasField("artifact") else ():
            assert item.local_path.startswith(str(sweep / "0"))
    assert not list(no_account.glob(".local/share/wandb/**/*.json"))


def test_the_sweep_has_a_run_with_the_table_of_its_jobs(sweep):
    run, _, _, summary, code = read_run(sweep)
    assert (run.job_type, run.run_group, code) == ("summary", f"{sweep.parent.name}_night", 0)
    columns, rows = table(sweep, "sweep/results")
    assert columns[:2] == ["job", "optimizer.lr"]
    assert [row[:2] for row in rows] == [["0", 0.01], ["1", 0.02]]
    assert (summary["jobs"], summary["finished"]) == (2, 2)
    best = max(jobs_of(sweep), key=lambda row: row["validation/accuracy"])
    assert summary["best/job"] == best["job"]


def test_a_job_without_a_result_is_a_row_without_figures(tmp_path, no_account):
    rows = [{"job": "0", "loss": "supcon", "test/accuracy": 0.5}, {"job": "1", "loss": None}]
    logger = wandb_logger(tmp_path, job_type="summary")
    log_sweep(rows, [logger], metric="test/accuracy")
    close_loggers([logger])
    assert table(tmp_path, "sweep/results") == (
        ["job", "loss", "test/accuracy"],
        [["0", "supcon", 0.5], ["1", None, None]],
    )
    summary = read_run(tmp_path)[3]
    assert (summary["jobs"], summary["finished"], summary["best/job"]) == (2, 1, "0")
