import json
from pathlib import Path

import optuna
import pytest

from lightning_contrast.callbacks.prune import Prune
from lightning_contrast.errors import InputError
from lightning_contrast.sweeps.study import load_trial, open_study

SPACE = ("sweep=optuna", "lr=tag(log,interval(1e-4,1))", "seed=1,2", "study.name=toy")
JOURNAL = "runs/studies/toy/study.journal"


def study():
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return optuna.load_study(study_name="toy", storage=JournalStorage(JournalFileBackend(JOURNAL)))


def test_a_study_goes_on_under_its_name_until_it_has_its_trials(project, capfd):
    assert project(*SPACE, "study.trials=4", "study.parallel=3") == 0
    assert project.toy.ran == [f"trial_{number}" for number in range(4)]
    assert project(*SPACE, "study.trials=12") == 0
    assert len(project.toy.ran) == 12
    assert project(*SPACE, "study.trials=12") == 0
    assert len(project.toy.ran) == 12
    found = study()
    drawn = [trial.params["lr"] for trial in found.trials]
    assert len(set(drawn)) == 12 and all(1e-4 <= lr <= 1 for lr in drawn)
    told = capfd.readouterr().out
    assert "lr: log 0.0001 to 1.0\n" in told
    assert f"best is trial {found.best_trial.number}, score {found.best_value:.4f}:" in told
    assert "not in this run, so not searched: datamodule.batch_size, optimizer.lr, view." in told
    result = json.loads(Path("runs/studies/toy/trial_3/result.json").read_text())
    assert result["score"] == found.trials[3].value


def test_a_study_of_another_space_or_metric_is_refused_before_anything_runs(project, capfd):
    project(*SPACE, "study.trials=1")
    assert project(*SPACE, "study.trials=2", "lr=0.1,0.2") == 2
    line = capfd.readouterr().err
    assert line.startswith(f"error: study toy in {JOURNAL} has another space: ")
    assert "lr: log 0.0001 to 1.0" in line and "lr: 0.1, 0.2" in line
    assert project(*SPACE, "study.trials=2", "metric=other") == 2
    assert "has another metric: score, and not other" in capfd.readouterr().err
    assert len(project.toy.ran) == 1


def test_a_failed_trial_counts_and_stops_no_other(project, capfd):
    Path("broken").touch()
    assert project(*SPACE, "breaks=true,false", "study.trials=4") == 1
    states = [trial.state.name for trial in study().trials]
    assert len(states) == 4 and set(states) <= {"COMPLETE", "FAIL"}
    assert f"{states.count('FAIL')} failed" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["study.trials=0"], "study.trials must be a whole number from 1 up, got 0"),
        (["lr=tag(log,interval(-1,1))"], "lr=interval(-1.0,1.0) must go from a lower to a higher"),
        (["lr=interval(2,1)"], "lr=interval(2.0,1.0) must go from a lower to a higher"),
        (["loss.margin=0.1,0.2"], "loss has no key 'margin'"),
    ],
)
def test_a_study_that_cannot_be_is_one_line(words, said, project, capfd):
    assert project(*SPACE, *words) == 2
    line = capfd.readouterr().err
    assert line.startswith("error: ") and line.count("\n") == 1 and said in line
    assert not project.toy.ran


@pytest.mark.parametrize("line", [b"no json", b"[1]", b"\xff\xfe\x80", b'{"op_code": 99}'])
def test_a_file_that_is_no_journal_is_named(line, tmp_path):
    storage = tmp_path / "study.journal"
    open_study("s", storage, {}, "score")
    with storage.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(InputError, match=r"study.storage=.*journal can't be read as a journal"):
        open_study("s", storage, {}, "score")


def test_pruned_are_trials_below_the_median_of_the_others(tmp_path):
    storage = tmp_path / "study.journal"
    found = open_study("s", storage, {}, "score")
    prune = [Prune("s", storage, found.ask().number, "score", 2, 1) for _ in range(4)]
    for number, level in enumerate((0.5, 0.7)):
        assert not any(prune[number]._report(level, epoch) for epoch in range(4))
        found.tell(number, level)
    assert [prune[2]._report(0.1, epoch) for epoch in range(3)] == [False, True, True]
    assert [prune[3]._report(0.8, epoch) for epoch in range(3)] == [False, False, False]
    assert load_trial("s", storage, 3).number == 3
