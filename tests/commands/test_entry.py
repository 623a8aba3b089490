import errno
import json
import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from lightning_contrast.commands import entry
from lightning_contrast.errors import InputError

FILES = {
    "train.yaml": """
defaults:
  - loss: supcon
  - recipe: null
  - _self_
  - override hydra/job_logging: none
  - override hydra/hydra_logging: none
seed: 0
quiet: false
checkpoint: ???
copied: ${nowhere}
hydra: {run: {dir: runs/one}, sweep: {dir: runs/many}}
""",
    "loss/supcon.yaml": "{temperature: 0.1, form: out}",
    "loss/triplet_margin.yaml": "margin: ???",
    "recipe/simclr.yaml": "# @package _global_\nseed: 7",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Calls an entry point of a small project in an empty directory; returns its exit code."""
    for name, text in FILES.items():
        (tmp_path / "conf" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "conf" / name).write_text(text)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(entry, "conf_directory", lambda: tmp_path / "conf")
    monkeypatch.delenv(entry.FULL_ERROR, raising=False)

    def call(*argv, task=lambda config: None):
        try:
            entry.entry_point("train", task)(list(argv))
        except SystemExit as stop:
            return stop.code
        return 0

    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    root.handlers.clear()  # of runs before, to streams that pytest has closed
    yield call
    root.setLevel(level)  # Hydra's --info logs to the standard output from then on
    root.handlers[:] = handlers


def raising(error):
    def task(config):
        raise error

    return task


KEYS = "checkpoint, copied, loss, quiet, recipe, seed"


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "loss=supcn",
            "loss has no choice 'supcn'; its choices are: supcon, triplet_margin."
            " Did you mean loss=supcon?",
        ),
        ("loss=null", "loss has no choice null; its choices are: supcon, triplet_margin"),
        ("recipe=zzz", "recipe has no choice 'zzz'; its choices are: simclr"),
        ("lss=supcon", f"there is no key or group 'lss'. Did you mean loss? There are: {KEYS}"),
        ("los.form=in", f"there is no key or group 'los'. Did you mean loss? There are: {KEYS}"),
        ("zzz=1", f"there is no key or group 'zzz'. There are: {KEYS}"),
        (
            "temperature=1",
            f"there is no key or group 'temperature'. Did you mean loss.temperature?"
            f" There are: {KEYS}",
        ),
        ("hydra/output=zzz", "hydra/output has no choice 'zzz'; its choices are: default"),
        (
            "hydra/launcher=zzz",
            "hydra/launcher has no choice 'zzz'; its choices are: basic, joblib, submitit_local,"
            " submitit_slurm",
        ),
        (
            "hydra/launcher=ray",
            "hydra/launcher has no choice 'ray'; its choices are: basic, joblib, submitit_local,"
            " submitit_slurm. ray comes with a package: pip install 'lightning-contrast[ray]'",
        ),
        (
            "loss.temprature=1",
            "loss has no key 'temprature'; its keys are: form, temperature."
            " Did you mean loss.temperature?",
        ),
        (
            "loss.margin=1",
            "loss has no key 'margin'; its keys are: form, temperature."
            " 'margin' belongs to loss=triplet_margin",
        ),
        (
            "loss.form.x=1",
            "loss.form has no keys of its own, so 'loss.form.x' cannot be set: set loss.form=VALUE",
        ),
        ("seed", "cannot read 'seed': write KEY=VALUE"),
        (
            "checkpoint=a=b.ckpt",
            "cannot read 'checkpoint=a=b.ckpt': quote the value, 'checkpoint=\"a=b.ckpt\"'",
        ),
        ("seed=1,2", "seed has several values: add -m to run each, or seed=[1,2] for a list"),
        ("+seed=1", "seed is there already: write it without the +"),
        ("--wrong", "unrecognized arguments: --wrong"),
        ("--cfg", "argument --cfg/-c: expected one argument"),
        (
            "--config-name=trian",
            "there is no config 'trian'; its choices are: train. Did you mean --config-name=train?",
        ),
    ],
)
def test_a_wrong_word_is_one_line_and_exit_code_2(override, line, run, capfd):
    assert run(override) == 2
    assert capfd.readouterr() == ("", f"error: {line}\n")


def test_a_wrong_word_is_one_line_in_a_multirun_too(run, capfd):
    assert run("-m", "seed=1,2", "loss.temprature=1,2") == 2
    assert capfd.readouterr().err.startswith("error: loss has no key 'temprature'; ")


@pytest.mark.parametrize("folder", ["/proc/none/x", "a_file/x"])
def test_an_output_folder_that_cannot_be_made_is_one_line(folder, run, capfd):
    Path("a_file").touch()
    assert run(f"hydra.run.dir={folder}") == 2
    line = capfd.readouterr().err
    assert line.startswith("error: cannot make the output folder ")
    assert line.endswith(". Choose another: hydra.run.dir=FOLDER\n")
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("task", "line"),
    [
        (raising(InputError("no file at x.csv")), "no file at x.csv"),
        (lambda c: c.checkpoint, "checkpoint is required: add checkpoint=VALUE to the command"),
        (lambda c: c.copied, "copied: Interpolation key 'nowhere' not found"),
        (
            raising(OSError(errno.ENOSPC, "No space left on device")),
            "No space left on device. Free some space, or write elsewhere: hydra.run.dir=FOLDER",
        ),
    ],
)
def test_a_user_error_inside_the_task_is_one_line_without_hydras_header(task, line, run, capfd):
    assert run(task=task) == 2
    assert capfd.readouterr() == ("", f"error: {line}\n")


def test_in_a_multirun_the_job_that_failed_is_named(run, capfd):
    def task(config):
        if config.seed == 2:
            raise InputError("seed must not be 2")

    assert run("-m", "seed=1,2", task=task) == 2
    assert capfd.readouterr().err == (
        "Error executing job with overrides: ['seed=2']\nerror: seed must not be 2\n"
    )


def test_hydra_full_error_shows_the_traceback(run, monkeypatch):
    monkeypatch.setenv(entry.FULL_ERROR, "1")
    with pytest.raises(InputError):
        run(task=raising(InputError("x")))


def test_a_bug_keeps_its_traceback(run):
    with pytest.raises(ZeroDivisionError):
        run(task=lambda config: 1 / 0)


def test_ctrl_c_exits_with_130_also_where_lightning_makes_it_exit_1(run):
    def lightning(config):
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            sys.exit(1)

    assert run(task=raising(KeyboardInterrupt())) == 130
    assert run(task=lightning) == 130


def test_the_task_and_what_comes_after_see_an_unchanged_process(run):
    environment, stderr = dict(os.environ), sys.stderr
    seen = []

    def task(config):
        seen.append((config.seed, config.quiet, entry.FULL_ERROR in os.environ))

    assert run("seed=3", "-q", task=task) == 0
    assert run("--quiet", "quiet=false", "recipe=simclr", task=task) == 0
    assert seen == [(3, True, False), (0, False, False)]
    assert run(task=raising(InputError("x"))) == 2
    assert (dict(os.environ), sys.stderr) == (environment, stderr)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--cfg", "job", "seed=5"], "seed: 5\n"),
        (["--help"], "loss: supcon, triplet_margin"),
        (["--info", "defaults"], "loss/supcon"),
        (["--version"], "Hydra 1.3"),
    ],
)
def test_hydras_flags_print_and_do_not_run_the_task(flags, expected, run, capfd):
    assert run(*flags, task=raising(AssertionError())) in (0, None)
    assert expected in capfd.readouterr().out


def test_a_config_dir_of_the_user_adds_choices(run, tmp_path, capfd):
    (tmp_path / "mine/loss").mkdir(parents=True)
    (tmp_path / "mine/loss/own.yaml").write_text("{scale: 2}")
    seen = []
    own = ("--config-dir", str(tmp_path / "mine"), "loss=own")
    assert run(*own, "loss.scale=3", task=lambda config: seen.append(config.loss.scale)) == 0
    assert seen == [3]
    assert run(own[2], "loss.scale=4", *own[:2], task=lambda c: seen.append(c.loss.scale)) == 0
    assert seen == [3, 4]  # a flag may stand behind the overrides
    assert run(*own[:2], "loss.scale=3") == 2
    assert "'scale' belongs to loss=own" in capfd.readouterr().err
    (tmp_path / "mine/loss/broken.yaml").write_text("a: [")
    assert run(*own[:2], "loss.scale=3") == 2
    assert "'scale' belongs to loss=own" in capfd.readouterr().err
    assert run(*own[:2], "loss=broken") == 2
    assert "broken.yaml" in (line := capfd.readouterr().err)
    assert line.count("\n") == 1
    assert run("--config-dir", "nowhere") == 2
    assert "nowhere' not found" in capfd.readouterr().err


def test_a_source_of_the_users_own_takes_what_every_source_takes(run, tmp_path, capfd):
    (tmp_path / "mine/source").mkdir(parents=True)
    (tmp_path / "mine/source/own.yaml").write_text("{_target_: mine.Own, path: here}")
    seen = []

    def task(config):
        seen.append(dict(config.source))

    own = ("--config-dir", str(tmp_path / "mine"), "+source=own")
    words = ("source.per_class=20", "source.fractions=[0.5,0.25,0.25]", "source.label_case=lower")
    assert run(*own, *words, "source.path=there", task=task) == 0
    assert seen[0] == {
        "_target_": "mine.Own",
        "path": "there",
        "per_class": 20,
        "label_case": "lower",
        "fractions": [0.5, 0.25, 0.25],
    }
    assert run(*own, "source.per_clas=20") == 2
    assert "source has no key 'per_clas'" in capfd.readouterr().err


def test_the_task_can_be_pickled_for_a_launcher():
    assert pickle.loads(pickle.dumps(entry._Task(json.dumps, True, []))).task is json.dumps


@pytest.mark.parametrize("flag", [[], ["--cfg", "job"]])
def test_output_into_a_pipe_that_is_closed_is_no_error(flag, tmp_path):
    (tmp_path / "toy.yaml").write_text("{}")
    script = (
        "from lightning_contrast.commands.entry import entry_point; import sys;"
        "entry_point('toy', lambda config: print('x' * 1_000_000))(sys.argv[1:])"
    )
    words = [*flag, "--config-dir", str(tmp_path), f"hydra.run.dir={tmp_path}"]
    with subprocess.Popen(
        [sys.executable, "-c", script, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (1, "")
