import json
import struct
import time
from pathlib import Path

import pytest
import torch
from wandb.proto.wandb_internal_pb2 import Record

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.wandb_report import log_results
from lightning_contrast.loggers import (
    close_loggers,
    csv_logger,
    log_config,
    logged_in,
    tensorboard_logger,
    wandb_logger,
    wandb_mode,
)
from lightning_contrast.sources.images import InMemoryImages
from lightning_contrast.types import Embedded, Labelled

CLASSES = ("art", "law", "sea")
CONFIG = {"seed": 3, "loss": {"_target_": "losses.SupCon", "temperature": 0.1}}
FIGURES = {"test/accuracy": 2 / 3, "baseline/majority/test/accuracy": 0.5, "train/steps": 7}


@pytest.fixture(autouse=True)
def _no_account(monkeypatch, tmp_path):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))


def records(folder):
    """The records of the only offline run under ``folder`` (LevelDB's log format)."""
    (path,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    data, position, parts = path.read_bytes(), 7, b""
    while position + 7 <= len(data):
        room = 32768 - position % 32768
        if room < 7:
            position += room
            continue
        _, size, kind = struct.unpack_from("<IHB", data, position)
        parts += data[position + 7 : position + 7 + size]
        position += 7 + size
        if kind in (1, 4):  # whole, or the last part
            yield Record.FromString(parts)
            parts = b""


def read_run(folder):
    """``(run, config, history rows, summary, exit code)`` of an offline run, as plain values."""
    # W&B's own process may write the last of it a moment after the run was closed.
    deadline = time.monotonic() + 20
    while not (code := [r.exit.exit_code for r in records(folder) if r.HasField("exit")]):
        assert time.monotonic() < deadline, "the run was not closed"
        time.sleep(0.02)
    run, config, history, summary = None, {}, [], {}
    for record in records(folder):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
        elif kind == "config":
            config.update(
                {i.key or i.nested_key[0]: json.loads(i.value_json) for i in record.config.update}
            )
        elif kind == "history":
            items = record.history.item
            history.append(
                {i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in items}
            )
        elif kind == "summary":
            items = record.summary.update
            summary.update(
                {i.key or ".".join(i.nested_key): json.loads(i.value_json) for i in items}
            )
    return run, config, history, summary, code[0]


def split():
    logits = torch.tensor([[5.0, 0, 0], [0, 2, 0], [0, 0, 3]])
    return Embedded(logits, logits, logits, torch.tensor([0, 1, 1]), torch.arange(3))


def labelled_rows(raw):
    order = torch.arange(3).numpy()
    return Labelled(raw, split().label.numpy(), CLASSES, order, order, {})


@pytest.mark.parametrize("modality", ["text", "image"])
def test_an_offline_run_holds_config_scalars_confusion_mistakes_and_summary(
    tmp_path, modality, capfd
):
    raw = {
        "text": ["one", "two", "three  words\nhere"],
        "image": InMemoryImages(torch.full((3, 1, 8, 8), 9, dtype=torch.uint8)),
    }[modality]
    loggers = [
        csv_logger(tmp_path),
        wandb_logger(tmp_path, name="trial", group="night", job_type="tune", tags=["a", "b"]),
    ]
    log_config(loggers, CONFIG)
    for logger in loggers:
        logger.log_metrics({"train/loss": 0.25}, step=4)
    log_results(loggers, FIGURES, split(), labelled_rows(raw), modality)
    close_loggers(loggers)

    assert capfd.readouterr() == ("", "")
    run, config, history, summary, code = read_run(tmp_path)
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
    table = json.loads(kept["test/mistakes.table.json"].read_text())
    assert table["columns"] == ["row", modality, "true", "predicted", "confidence"]
    ((row, shown, true, predicted, confidence),) = table["data"]
    assert (row, true, predicted) == (2, "law", "sea")
    assert confidence == pytest.approx(0.909, abs=1e-3)
    if modality == "text":
        assert shown == "three words here"
    else:
        assert kept[shown["path"]].read_bytes().startswith(b"\x89PNG")
    files = next((tmp_path / "wandb").glob("offline-run-*")) / "files"
    (confusion,) = files.glob("media/table/test/confusion*.json")
    counts = {(r[0], r[1]): r[2] for r in json.loads(confusion.read_text())["data"]}
    assert counts[("law", "law")] == counts[("law", "sea")] == counts[("art", "art")] == 1
    assert sum(counts.values()) == 3


def test_a_closed_run_is_not_written_into_by_the_next(tmp_path):
    for name in ("first", "second"):
        logger = wandb_logger(tmp_path / name)
        log_config([logger], {"name": name})
        close_loggers([logger])
    assert read_run(tmp_path / "first")[1]["name"] == "first"
    assert read_run(tmp_path / "second")[1]["name"] == "second"


def test_a_failed_run_is_closed_as_failed(tmp_path):
    logger = wandb_logger(tmp_path)
    log_config([logger], {})
    close_loggers([logger], exit_code=1)
    assert read_run(tmp_path)[-1] == 1


def test_csv_and_tensorboard_write_below_the_run_and_know_the_config(tmp_path):
    loggers = [csv_logger(tmp_path), tensorboard_logger(tmp_path)]
    log_config(loggers, CONFIG)
    for logger in loggers:
        logger.log_metrics({"train/loss": 0.5}, step=1)
    close_loggers(loggers)
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
