"""What cluster=slurm needs is looked at before anything runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lightning_contrast.errors.config import NO_CONFIGS, _no_choice
from lightning_contrast.training import requeue
from tests.runs import composed

COMMAND = Path(sys.executable).with_name("lightning-contrast")


def refused(tmp_path, *words, tools=()):
    for tool in tools:
        (tmp_path / tool).write_text("#!/bin/sh\n")
        (tmp_path / tool).chmod(0o755)
    done = subprocess.run(
        [COMMAND, "train", *words],
        env=os.environ | {"PATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()
    return done.stderr


def test_without_sbatch_it_is_one_line(tmp_path):
    line = refused(tmp_path, "-m", "cluster=slurm", "seed=0,1")
    assert "cluster=slurm needs SLURM's sbatch and srun on this machine" in line


def test_a_single_run_is_not_handed_over_and_says_so(tmp_path):
    assert "add -m" in refused(tmp_path, "cluster=slurm")


def test_one_task_a_device(tmp_path):
    words = ("-m", "cluster=slurm", "cluster.tasks=2")
    line = refused(tmp_path, *words, tools=("sbatch", "srun"))
    assert "cluster.tasks must equal trainer.devices, one task a device, got 2 and 1" in line


def test_without_the_launcher_the_package_is_named():
    line = _no_choice("hydra/launcher", "submitit_slurm", ["basic"], NO_CONFIGS)
    assert line.endswith("pip install 'lightning-contrast[slurm]'")


def test_the_settings_reach_the_launcher():
    assert composed("cluster=slurm", "cluster.partition=gpu")["cluster"]["partition"] == "gpu"
    assert composed()["cluster"] is None


@pytest.mark.parametrize(
    ("state", "environment", "asked"),
    [
        ("RUNNING", {"SLURM_JOB_ID": "7"}, "scontrol requeue 7"),
        ("RUNNING", {"SLURM_JOB_ID": "7", "SLURM_PROCID": "1"}, None),
        ("RUNNING", {"SLURM_JOB_ID": "7", "LOCAL_RANK": "1"}, None),
        ("COMPLETING", {"SLURM_JOB_ID": "7"}, None),
        ("RUNNING", {}, None),
    ],
)
def test_only_a_running_job_is_requeued_and_by_one_process(monkeypatch, state, environment, asked):
    calls = []

    def run(*command):
        calls.append(" ".join(command))
        return state

    monkeypatch.setattr(requeue, "_run", run)
    monkeypatch.setattr(os, "environ", environment)
    assert requeue.requeue() == (asked is not None)
    assert [call for call in calls if call.startswith("scontrol")] == ([asked] if asked else [])


def test_a_container_without_scontrol_says_so_and_leaves_it_to_the_batch_file(monkeypatch, capsys):
    monkeypatch.setattr(os, "environ", {"SLURM_JOB_ID": "7", "PATH": "/nowhere"})
    assert not requeue.requeue()
    assert capsys.readouterr().err.startswith("job 7 could not be requeued: ")
