"""Sweeps, several tasks, and jobs that are stopped and go on: on a real SLURM."""

import json

import pytest
import torch

from tests.slurm.conftest import COMMAND, ROOT
from tests.surviving.broken_off import differing

pytestmark = [pytest.mark.slurm, pytest.mark.filterwarnings("ignore::UserWarning")]
SBATCH = ROOT / "scripts" / "slurm" / "train.sbatch"


def checkpoint(folder, name):
    return torch.load(folder / "checkpoints" / f"{name}.ckpt", weights_only=True)


def ends_like(folder, other):
    for name in ("last", "best"):
        mine, whole = checkpoint(folder, name), checkpoint(other, name)
        for part in ("state_dict", "optimizer_states", "global_step"):
            assert differing(mine[part], whole[part]) == []
    mine, whole = (json.loads((run / "result.json").read_text()) for run in (folder, other))
    kept = {key for key in whole if key.startswith(("test/", "validation/", "train/steps"))}
    assert len(kept) > 15
    # Weights are equal to the bit; a mean may round otherwise with another number of threads.
    assert {key: mine[key] for key in kept} == pytest.approx({key: whole[key] for key in kept})


def submit(slurm, folder, *words, options=()):
    """The id of a job of the plain batch file, and the folder of its run."""
    job = slurm("sbatch", "--parsable", *options, SBATCH, *words, folder=folder).strip()
    return job, folder / "runs" / "slurm" / job


def training(slurm, run):
    slurm.wait_for("the first checkpoint", (run / "checkpoints" / "last.ckpt").exists)


@pytest.mark.parametrize("signal", ["USR1", "TERM"])
def test_a_job_that_is_signalled_is_requeued_and_ends_like_the_one_that_was_not(
    slurm, tiny, tmp_path, signal
):
    job, run = submit(slurm, tmp_path, *tiny.words)
    training(slurm, run)
    slurm("scancel", f"--signal={signal}", job)
    slurm.wait_for_end(job)
    log = (tmp_path / f"slurm-{job}.out").read_text()
    assert f"stopped by SIG{signal} at step" in log
    assert slurm.restarts(job) == 1
    ends_like(run, tiny.folder)


def test_a_job_preempted_by_a_higher_partition_ends_like_the_one_that_was_not(
    slurm, tiny, tmp_path
):
    job, run = submit(slurm, tmp_path, *tiny.words, options=["--partition=low"])
    training(slurm, run)
    urgent = ["--partition=high", "--exclusive", "--output=/dev/null", "--wrap=sleep 1"]
    slurm("sbatch", "--wait", *urgent, folder=tmp_path)
    slurm.wait_for_end(job)
    assert "stopped by SIGTERM at step" in (tmp_path / f"slurm-{job}.out").read_text()
    assert slurm.restarts(job) == 1
    ends_like(run, tiny.folder)


def test_a_job_that_is_cancelled_does_not_come_back(slurm, tiny, tmp_path):
    job, run = submit(slurm, tmp_path, *tiny.words)
    training(slurm, run)
    slurm("scancel", job)
    slurm.wait_for("the end", lambda: slurm.state(job) == "CANCELLED")
    assert slurm.restarts(job) == 0


def test_two_tasks_that_are_requeued_end_like_two_that_were_not(slurm, tiny, tmp_path):
    words = [*tiny.words, "strategy=ddp", "trainer.devices=2", "trainer.log_every_n_steps=5"]
    two = ["--ntasks-per-node=2", "--cpus-per-task=1"]
    whole, alone = submit(slurm, tmp_path, *words, options=two)
    slurm.wait_for_end(whole)
    job, run = submit(slurm, tmp_path, *words, options=two)
    training(slurm, run)
    slurm("scancel", "--signal=USR1", job)
    slurm.wait_for_end(job)
    log = (tmp_path / f"slurm-{job}.out").read_text()
    assert log.count("stopped by SIGUSR1") == 1, "one rank tells"
    assert slurm.restarts(job) == 1
    ends_like(run, alone)


def test_a_sweep_is_an_array_and_its_requeued_job_goes_on_in_its_own_folder(slurm, tiny, tmp_path):
    import subprocess

    sweep = tmp_path / "sweep"
    words = [*tiny.words, "cluster=slurm", "cluster.partition=low", "cluster.cpus=1", "seed=0,1"]
    words += [f"hydra.sweep.dir={sweep}"]
    command = subprocess.Popen(
        [COMMAND, "train", "-m", *words], env=slurm.environment, cwd=tmp_path
    )
    training(slurm, sweep / "0_test")
    (array,) = {line.split("_")[0] for line in slurm("squeue", "-h", "-r", "-o%i").split()}
    slurm("scancel", "--signal=USR2", f"{array}_0")
    assert command.wait(300) == 0
    assert sorted(path.name for path in sweep.glob("*_test")) == ["0_test", "1_test"]
    assert slurm.restarts(f"{array}_0") == 1
    ends_like(sweep / "0_test", tiny.folder)
    other = json.loads((sweep / "1_test" / "result.json").read_text())
    assert other["seed"] == 1
