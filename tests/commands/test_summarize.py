import csv
import json
import statistics

import pytest

from lightning_contrast.commands.cli import main
from lightning_contrast.commands.summarize import summarize
from lightning_contrast.errors import InputError
from tests.sweeps.made import write_run

ENDED = {
    ("supcon", 0.1): (0.90, 0.92, 0.97),
    ("supcon", 0.2): (0.80, 0.85, 0.84),
    ("triplet", 0.1): (0.95, 0.96, 0.94),
}


@pytest.fixture
def sweep(tmp_path):
    """Three settings of three seeds, one that failed, one that runs, and what is no run."""
    number = 0
    for (loss, lr), accuracies in ENDED.items():
        for seed, accuracy in enumerate(accuracies):
            words = {"loss": loss, "optimizer.lr": lr, "seed": seed}
            curve = (accuracy / 2, accuracy - 0.1, accuracy)
            write_run(tmp_path / f"sweep/{number}_x", words, accuracy, curve)
            number += 1
    failed = write_run(tmp_path / "sweep/9_x", {"loss": "triplet", "optimizer.lr": 0.2}, None)
    (failed / "failed.json").write_text(json.dumps({"error": "no"}))
    words = {"loss": "triplet", "optimizer.lr": 0.2, "seed": 1}
    write_run(tmp_path / "sweep/10_x", words, None, (0.3, 0.99))
    (tmp_path / "sweep/.submitit").mkdir()
    return tmp_path / "sweep"


def test_runs_are_grouped_by_what_differs_and_averaged_over_seeds(sweep):
    summary = summarize([sweep])
    assert [run.folder.name for run in summary.runs] == [f"{n}_x" for n in range(11)]
    found = [tuple(setting.values.items()) for setting in summary.settings]
    assert found[0] == (("loss", "supcon"), ("optimizer.lr", "0.1"))
    assert len(found) == 4
    for setting, accuracies in zip(summary.settings, ENDED.values(), strict=False):
        mean, sd, n = setting.figures["validation/accuracy"]
        assert mean == pytest.approx(statistics.fmean(accuracies))
        assert sd == pytest.approx(statistics.stdev(accuracies)) and n == 3
    assert summary.settings[3].states == {"failed": 1, "running": 1}
    assert summary.settings[3].figures["validation/accuracy"] == (0.99, None, 1)


def test_the_best_is_chosen_on_validation_among_those_that_have_ended(sweep):
    best = summarize([sweep]).best
    assert dict(best.values) == {"loss": "triplet", "optimizer.lr": "0.1"}
    with pytest.raises(InputError, match="validation metric, got test/accuracy"):
        summarize([sweep], best="test/accuracy")
    with pytest.raises(InputError, match=r"there are: .*validation/accuracy"):
        summarize([sweep], metrics=["accuracy"])


def test_a_word_that_differs_is_a_column_and_a_value_only_if_no_word_says_it(sweep, tmp_path):
    for number, lr in enumerate((0.123456789, 0.3)):
        words = {"loss.temperature": 0.5 + lr, "optimizer.lr": lr, "study.trial": number}
        write_run(tmp_path / f"other/{number}", words, 0.5)
    summary = summarize([tmp_path / "other"])
    assert list(summary.settings[0].values) == ["loss.temperature", "optimizer.lr"]
    assert summary.table.rows[0][:2] == ["0.6235", "0.1235"]
    assert [len(s.runs) for s in summarize([sweep], over=["seed", "optimizer.lr"]).settings] == [
        6,
        5,
    ]
    assert list(summarize([sweep / "0_x"]).settings[0].values) == []


def test_a_repeated_run_counts_once(sweep, tmp_path):
    words = {"loss": "supcon", "optimizer.lr": 0.1, "seed": 0}
    write_run(tmp_path / "z/0", words, 0.5)
    write_run(tmp_path / "z/1", words, None)
    first = summarize([sweep, sweep / "0_x", tmp_path / "z"]).settings[0]
    assert len(first.runs) == 3
    assert first.figures["validation/accuracy"].mean == pytest.approx((0.5 + 0.92 + 0.97) / 3)


def test_the_command_prints_the_table_and_writes_files_that_agree(sweep, capsys):
    main(["summarize", str(sweep)])
    told = capsys.readouterr().out
    assert "93.00 ± 3.61" in told and "0 of 2, 1 failed, 1 running" in told
    assert "best validation/accuracy: 0.9500 over 3 runs  loss=triplet optimizer.lr=0.1" in told
    folder = sweep / "summary"
    assert {path.name for path in folder.iterdir()} == {
        *("summary.csv", "summary.md", "summary.tex"),
        *("curves.png", "parallel.png", "heat_map.png"),
    }
    with open(folder / "summary.csv", newline="") as file:
        lines = list(csv.DictReader(file))
    assert float(lines[2]["test/accuracy"]) == pytest.approx(0.94)
    assert [line["test/accuracy/n"] for line in lines] == ["3", "3", "3", "0"]
    markdown = (folder / "summary.md").read_text().splitlines()
    assert markdown[4] == "| triplet | 0.1 | 3 | 95.00 ± 1.00 | 94.00 ± 1.00 |"
    latex = (folder / "summary.tex").read_text()
    assert r"triplet & 0.1 & 3 & 95.00 $\pm$ 1.00 & 94.00 $\pm$ 1.00 \\" in latex
    main(["summarize", str(sweep)])  # its own folder is no run
    assert capsys.readouterr().out == told


def test_a_half_written_result_is_a_run_that_still_runs(sweep):
    (sweep / "0_x/result.json").write_text('{"validation/acc')
    assert summarize([sweep]).settings[0].states == {"running": 1, "finished": 2}
    assert summarize([sweep]).settings[0].figures["validation/accuracy"].n == 2


@pytest.mark.parametrize("content", [b"[1]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_result_that_no_run_wrote_is_a_run_that_still_runs(content, sweep):
    (sweep / "0_x/result.json").write_bytes(content)
    assert summarize([sweep]).settings[0].states == {"running": 1, "finished": 2}


BOMB = "\n".join(
    f"a{n}: &a{n} {{{f'x: *a{n - 1}, y: *a{n - 1}' if n else 'x: 1'}}}" for n in range(60)
)


@pytest.mark.parametrize("name", ["config", "hydra"])
@pytest.mark.parametrize("content", [BOMB.encode(), b"[1]", b"text", b"\xff\xfe"])
def test_a_config_that_no_run_wrote_is_named(name, content, sweep):
    (sweep / f"0_x/.hydra/{name}.yaml").write_bytes(content)
    with pytest.raises(
        InputError, match=r"0_x holds files that no run wrote .*: mend them"
    ) as told:
        summarize([sweep])
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere is no folder: give folders of runs or of sweeps"),
        (["empty"], "no run in empty: a run's folder holds .hydra/config.yaml"),
        (["sweep", "--best", "test/accuracy"], "set --best validation/accuracy"),
        (["sweep", "--metrics", "test/acc"], "no run has a metric 'test/acc'; there are: "),
    ],
)
def test_bad_input_is_one_line(words, said, sweep, monkeypatch, capsys):
    monkeypatch.chdir(sweep.parent)
    (sweep.parent / "empty").mkdir()
    with pytest.raises(SystemExit) as stop:
        main(["summarize", *words])
    line = capsys.readouterr().err
    assert stop.value.code == 2 and line.count("\n") == 1
    assert line.startswith("error: ") and said in line
