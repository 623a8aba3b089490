"""Runs of two processes, as a user starts them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lightning_contrast import load
from lightning_contrast.errors import InputError, Killed
from lightning_contrast.training.launch import RankFailed
from lightning_contrast.training.run import train
from tests.runs import composed, write_news

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SMALL = ["source=table", "trainer.accelerator=cpu", "logger=csv", "quiet=true"]
TWO = [*SMALL, "strategy=ddp", "datamodule.batch_size=6"]
SHORT = "trainer.max_epochs=2"


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    return f"source.path={write_news(tmp_path_factory.mktemp('news') / 'news.csv')}"


@pytest.fixture
def children(monkeypatch, tmp_path):
    """``children()``: the ranks that this test has started and that still run."""
    mark = f"STARTED_BY={tmp_path}"
    monkeypatch.setenv(*mark.split("="))

    def running() -> set[str]:
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                rank = b"lightning_contrast.training.rank" in (process / "cmdline").read_bytes()
                if rank and mark.encode() in (process / "environ").read_bytes().split(b"\0"):
                    found.add(process.name)
            except OSError:  # it has just ended
                continue
        return found

    return running


def command(*words: str) -> list[str]:
    call = "import sys; from lightning_contrast.commands.cli import main; main(sys.argv[1:])"
    return [sys.executable, "-c", call, "train", *words]


SAME = [*SMALL, "encoder.dropout=0", "view=identity", "trainer.max_epochs=3"]


@pytest.fixture(scope="module")
def one(news, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    return folder, train(composed(*SAME, news, "datamodule.batch_size=12"), folder)


@pytest.mark.parametrize("strategy", ["ddp", "ddp_spawn", "fsdp"])
def test_two_ranks_leave_the_files_and_figures_of_one_process(strategy, one, news, tmp_path):
    folder, one = one
    environment = dict(os.environ)
    words = [*SAME, news, f"strategy={strategy}", "datamodule.batch_size=6", "baselines=true"]
    two = train(composed(*words), tmp_path)
    assert two["train/processes"] == 2 and one["train/processes"] == 1
    for name, value in one.items():
        if name.startswith(("validation/", "test/", "rows/")):
            assert two[name] == pytest.approx(value, abs=1e-3), name
    assert two["baseline/cross_entropy/test/accuracy"] >= 0
    files = [
        {path.relative_to(each).as_posix() for path in each.rglob("*") if path.is_file()}
        for each in (folder, tmp_path)
    ]
    assert files[0] == {name for name in files[1] if "baselines" not in name}
    assert type(load(tmp_path / "checkpoints" / "last.ckpt").encoder).__name__ == "Bag"
    assert strategy == "ddp_spawn" or dict(os.environ) == environment


@pytest.mark.parametrize(
    ("rank", "how", "kind", "said"),
    [
        (1, "input", InputError, "row 7 is not a text: mend it"),
        (0, "bug", RankFailed, "ZeroDivisionError: a bug"),
        (1, "killed", Killed, "was killed by SIGKILL"),
    ],
)
def test_the_error_of_the_rank_that_fails_is_what_the_user_sees(
    rank, how, kind, said, news, tmp_path, children
):
    config = composed(*TWO, news, SHORT)
    broken = {"_target_": "tests.training.broken.OnOneRank", "rank": rank, "how": how}
    config["callbacks"]["broken"] = broken
    with pytest.raises(kind) as failure:
        train(config, tmp_path)
    assert said in str(failure.value)
    if kind is not InputError:
        assert f"rank {rank} " in str(failure.value)
    assert not children()
    assert not (tmp_path / "result.json").exists()


def test_a_rank_that_hangs_is_ended_within_thirty_seconds_of_anothers_error(
    news, tmp_path, children
):
    config = composed(*TWO, news, SHORT)
    target = "tests.training.broken.OnOneRank"
    config["callbacks"] = {
        "hangs": {"_target_": target, "rank": 0, "how": "hangs"},
        "fails": {"_target_": target, "rank": 1, "how": "bug"},
    }
    failed = []
    try:
        train(config, tmp_path)
    except RankFailed as error:
        failed.append(str(error))
    assert "ZeroDivisionError" in failed[0]
    assert not children()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_ranks_end_with_the_command_that_started_them(how, news, tmp_path, children):
    words = [*TWO, news, "trainer.max_epochs=100000", f"hydra.run.dir={tmp_path}/run"]
    process = subprocess.Popen(command(*words), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    table = tmp_path / "run/logs/metrics.csv"
    wait(lambda: table.exists() and len(children()) == 2, 300)
    process.send_signal(how)
    told = process.communicate(timeout=60)[1]
    wait(lambda: not children(), 60)
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "last checkpoint: " in told and "Traceback" not in told
        assert (tmp_path / "run/checkpoints/last.ckpt").is_file()


def test_a_killed_rank_costs_one_line_and_exit_code_1(news, tmp_path, children):
    words = [*TWO, news, "trainer.max_epochs=100000", f"hydra.run.dir={tmp_path}/run"]
    process = subprocess.Popen(command(*words), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    last = tmp_path / "run/checkpoints/last.ckpt"
    wait(lambda: last.exists() and len(children()) == 2, 300)
    os.kill(int(max(children())), signal.SIGKILL)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert told.count("\n") == 1, told
    assert told.startswith("error: rank ") and f"goes on from {last}" in told
    assert not children()


def wait(happened, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.2)


def test_a_multirun_of_mixed_sizes_has_a_job_of_each_with_its_metric(news, tmp_path, children):
    words = [*TWO, news, SHORT, "trainer.devices=2,1", "optimizer.lr=1e-3,2e-3"]
    dated = "hydra.sweep.dir='sweep/${now:%H-%M-%S-%f}'"
    done = subprocess.run(
        command("-m", *words, dated),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "sweep").iterdir()
    results = [
        json.loads(path.read_text()) for path in sorted(folder.glob("*/result.json"), key=str)
    ]
    assert [result["train/processes"] for result in results] == [2, 2, 1, 1]
    assert all(result["validation/accuracy"] >= 0 for result in results)
    assert not children()
