import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from lightning_contrast.errors import InputError
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.loggers.continued import kept_run_id
from lightning_contrast.loggers.make import (
    csv_logger,
    logging_to,
    tensorboard_logger,
)
from lightning_contrast.loggers.results import log_results
from lightning_contrast.loggers.weights_and_biases import logged_in, wandb_logger, wandb_mode
from lightning_contrast.modalities import modality_of
from lightning_contrast.report.findings import Findings, ReportTable, Share
from lightning_contrast.report.report import Section
from tests.offline_runs import read_run, records

CONFIG = {"seed": 3, "loss": {"_target_": "losses.SupCon", "temperature": 0.1}}
FIGURES = {"test/accuracy": 2 / 3, "baseline/majority/test/accuracy": 0.5, "train/steps": 7}


@pytest.fixture(autouse=True)
def _no_account(monkeypatch, tmp_path):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("modality", ["text", "image"])
def test_an_offline_run_holds_config_scalars_tables_pictures_and_summary(tmp_path, modality, capfd):
    raw = {
        "text": ["one", "two", "three  words\nhere"],
        "image": InMemoryImages(torch.full((3, 1, 8, 8), 9, dtype=torch.uint8)),
    }[modality]
    loggers = [
        csv_logger(tmp_path),
        wandb_logger(
            tmp_path, name="trial", group="night", job_type="tune", tags=["a", "b"], notes="why"
        ),
    ]
    columns = ("row", modality, "true", "confidence")
    table = ReportTable(columns, [(2, modality_of(modality).show(raw, 2), "law", Share(0.909))])
    sections = {"accuracy": Section("Accuracy", Findings({}, {"mistakes": table}))}
    Image.new("L", (8, 8)).save(tmp_path / "plot.png")
    with logging_to(loggers, CONFIG):
        for logger in loggers:
            logger.log_metrics({"train/loss": 0.25}, step=4)
        log_results(loggers, FIGURES, sections, {"accuracy_plot": tmp_path / "plot.png"})

    assert capfd.readouterr() == ("", "")
    run, config, history, summary, code = read_run(tmp_path)
    assert run.notes == "why"
    assert (run.project, run.display_name, run.run_group, run.job_type, list(run.tags)) == (
        "lightning_contrast",
        "trial",
        "night",
        "tune",
        ["a", "b"],
    )
    assert code == 0
    assert config["seed"] == 3
    assert config["loss"] == CONFIG["loss"]
    assert any(row.get("train/loss") == 0.25 and row["trainer/global_step"] == 4 for row in history)
    assert {key: summary[key] for key in FIGURES} == FIGURES

    (artifact,) = (
        r.artifact
        for r in records(tmp_path)
        if r.HasField("artifact") and "mistakes" in r.artifact.name
    )
    kept = {item.path: Path(item.local_path) for item in artifact.manifest.contents}
    assert all(tmp_path / "wandb" in path.parents for path in kept.values())
    kept_table = json.loads(kept["tables/accuracy_mistakes.table.json"].read_text())
    assert kept_table["columns"] == [*columns]
    ((row, shown, true, confidence),) = kept_table["data"]
    assert (row, true, confidence) == (2, "law", 0.909)
    if modality == "text":
        assert shown == "three words here"
    else:
        assert kept[shown["path"]].read_bytes().startswith(b"\x89PNG")
    files = next((tmp_path / "wandb").glob("offline-run-*")) / "files"
    assert len([*files.glob("media/images/report/accuracy_plot*.png")]) == 1


def test_a_closed_run_is_not_written_into_by_the_next(tmp_path):
    for name in ("first", "second"):
        logger = wandb_logger(tmp_path / name)
        with logging_to([logger], {"name": name}):
            pass
    assert read_run(tmp_path / "first")[1]["name"] == "first"
    assert read_run(tmp_path / "second")[1]["name"] == "second"


def test_a_failed_run_is_closed_as_failed(tmp_path):
    logger = wandb_logger(tmp_path)
    with pytest.raises(ZeroDivisionError), logging_to([logger], {}):
        raise ZeroDivisionError
    assert read_run(tmp_path)[-1] == 1


def test_csv_and_tensorboard_write_below_the_run_and_know_the_config(tmp_path):
    loggers = [csv_logger(tmp_path), tensorboard_logger(tmp_path)]
    with logging_to(loggers, CONFIG):
        for logger in loggers:
            logger.log_metrics({"train/loss": 0.5}, step=1)
    assert (tmp_path / "logs" / "metrics.csv").read_text().splitlines() == [
        "step,train/loss",
        "1,0.5",
    ]
    assert list((tmp_path / "tensorboard").glob("events.*"))
    for folder in ("logs", "tensorboard"):
        assert "temperature" in (tmp_path / folder / "hparams.yaml").read_text()


def test_offline_unless_there_is_a_key(monkeypatch, tmp_path):
    assert not logged_in()
    assert wandb_mode("auto") == "offline"
    (tmp_path / "netrc").write_text("machine api.wandb.ai login user password " + "x" * 40)
    assert wandb_mode("auto") == "online"
    assert wandb_mode("offline") == "offline"
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org")
    assert wandb_mode("auto") == "offline"
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    assert wandb_mode("auto") == "online"
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert wandb_mode("auto") == "disabled"


def test_an_unknown_mode_is_named_with_the_valid_ones():
    with pytest.raises(InputError, match="must be auto, online, offline or disabled, got 'of'"):
        wandb_mode("of")


@pytest.mark.parametrize("content", [b"", b"../../elsewhere", b"a b", b"\xff\xfe", b"a" * 300])
def test_a_file_that_holds_no_id_of_a_run_is_named(content, tmp_path):
    (tmp_path / "wandb_run_id").write_bytes(content)
    with pytest.raises(InputError, match="wandb_run_id holds no id of a W&B run: delete it"):
        kept_run_id(tmp_path)
    (tmp_path / "wandb_run_id").write_text("abc-7\n")
    assert kept_run_id(tmp_path) == "abc-7"
