"""Which checkpoint a run goes on from."""

import os
from pathlib import Path

import pytest
import torch

from lightning_contrast.commands.train import main
from lightning_contrast.errors import InputError
from lightning_contrast.runtime.lock import holding
from lightning_contrast.training.resume import check_same_run, newest, start

RUN = {"seed": 0, "loss": {"_target_": "SupCon", "temperature": 0.1}, "resume": "auto"}


def write(path, age, run=RUN, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoint = {"lightning_contrast": {"run": run}, "global_step": 1, "weights": torch.rand(999)}
    torch.save(checkpoint | more, path)
    os.utime(path, (1000 - age, 1000 - age))
    return path


def spoil(path, how):
    data = path.read_bytes()
    changed = {
        "truncated": data[: len(data) // 2],
        "empty": b"",
        "no checkpoint": b"text",
        "a bit": data[:1500] + bytes([data[1500] ^ 1]) + data[1501:],
    }
    time = path.stat().st_mtime
    path.write_bytes(changed[how])
    os.utime(path, (time, time))


@pytest.mark.parametrize("how", ["truncated", "empty", "no checkpoint", "a bit"])
def test_a_damaged_checkpoint_is_skipped_with_a_warning(tmp_path, how):
    last = write(tmp_path / "checkpoints" / "last.ckpt", age=1)
    best = write(tmp_path / "checkpoints" / "best.ckpt", age=2)
    assert start(RUN, tmp_path) == last
    spoil(last, how)
    with pytest.warns(UserWarning, match=r"last.ckpt is damaged and is skipped"):
        assert start(RUN, tmp_path) == best


def test_a_tested_checkpoint_is_nothing_to_go_on_from(tmp_path):
    last = write(tmp_path / "checkpoints" / "last.ckpt", age=2)
    best = write(tmp_path / "checkpoints" / "best.ckpt", age=1, tested=True)
    assert newest(tmp_path / "checkpoints") == last
    with pytest.raises(InputError, match=r"go on from the last.ckpt beside it"):
        start(RUN | {"resume": str(best)}, tmp_path)


def test_a_new_folder_begins_anew_and_false_removes_what_is_there(tmp_path):
    assert start(RUN, tmp_path) is None
    last = write(tmp_path / "checkpoints" / "last.ckpt", age=1)
    assert start(RUN | {"resume": False}, tmp_path) is None
    assert not last.exists()


def test_a_path_goes_on_in_another_folder_with_the_best_weights_so_far(tmp_path):
    last = write(tmp_path / "old" / "checkpoints" / "last.ckpt", age=1)
    best = write(tmp_path / "old" / "checkpoints" / "best.ckpt", age=1)
    (tmp_path / "new" / "checkpoints").mkdir(parents=True)
    assert start(RUN | {"resume": str(last)}, tmp_path / "new") == last
    assert (tmp_path / "new" / "checkpoints" / "best.ckpt").read_bytes() == best.read_bytes()


@pytest.mark.parametrize(
    ("resume", "parts"),
    [
        ("nowhere.ckpt", ["no checkpoint at nowhere.ckpt: set resume="]),
        ("{folder}", ["it is a folder that holds", "last.ckpt"]),
        ("{folder}/notes.txt", ["notes.txt is damaged, or is no checkpoint"]),
        (7, ["resume must be auto, false or the path of a checkpoint, got 7"]),
    ],
)
def test_a_path_that_is_no_checkpoint_is_one_line(tmp_path, resume, parts):
    write(tmp_path / "checkpoints" / "last.ckpt", age=1)
    (tmp_path / "notes.txt").write_text("text")
    resume = resume.format(folder=tmp_path) if isinstance(resume, str) else resume
    with pytest.raises(InputError) as refused:
        start(RUN | {"resume": resume}, tmp_path)
    assert all(part in str(refused.value) for part in parts)


def test_the_keys_of_another_config_are_listed_in_one_line():
    other = {"seed": 1, "loss": {"_target_": "SupCon", "temperature": 0.2, "form": "out"}}
    with pytest.raises(InputError) as refused:
        check_same_run(other, RUN, Path("last.ckpt"))
    assert str(refused.value).startswith(
        "last.ckpt is of a run with seed=0 (now 1), loss.temperature=0.1 (now 0.2), "
        "loss.form=nothing (now out): "
    )


def test_a_refused_run_leaves_the_config_of_the_run_that_is_there(tmp_path, capsys):
    words = ["modality=image", "source=digits", "trainer.max_steps=1", "logger=none", "quiet=true"]
    words += [f"hydra.run.dir={tmp_path}", "trainer.limit_val_batches=1"]
    main(words)
    assert "KeptConfig" not in capsys.readouterr().err
    before = {path.name: path.read_bytes() for path in (tmp_path / ".hydra").iterdir()}
    (tmp_path / "result.json").unlink()  # as if it had been killed
    with pytest.raises(SystemExit):
        main([*words, "loss.temperature=0.5"])
    assert "is of a run with loss.temperature=0.1 (now 0.5)" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in (tmp_path / ".hydra").iterdir()} == before
    assert not any(b"0.5" in content for name, content in before.items() if "overrides" in name)


def test_a_run_in_a_directory_where_another_one_runs_is_one_line_and_changes_nothing(
    tmp_path, capsys
):
    words = ["modality=image", "source=digits", "logger=csv", f"hydra.run.dir={tmp_path}"]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "metrics.csv").write_text("step\n1\n")
    with holding(tmp_path), pytest.raises(SystemExit) as refused:
        main(words)
    line = capsys.readouterr().err
    assert refused.value.code == 2 and line.count("\n") == 1
    assert line.startswith(f"error: {tmp_path} is in use by a run that has not ended (process ")
    assert (tmp_path / "logs" / "metrics.csv").read_text() == "step\n1\n"
    assert not (tmp_path / "checkpoints").exists()


def test_what_leaves_the_steps_as_they_were_may_change():
    mine = RUN | {"quiet": True, "trainer": {"max_epochs": 9}, "logger": {}, "cluster": {"gpus": 1}}
    check_same_run(mine, RUN, Path("last.ckpt"))
