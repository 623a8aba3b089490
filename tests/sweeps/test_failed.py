from pathlib import Path

import yaml

from lightning_contrast.config.folder import conf_directory

SWEEP = ("-m", "seed=0,1", "breaks=false,true")


def jobs(folder):
    return sorted(path.parent.name for path in Path(folder).rglob("result.json"))


def test_failed_jobs_stop_no_other_and_are_listed_with_their_error(project, capfd):
    Path("broken").touch()
    assert project(*SWEEP) == 1
    assert project.toy.ran == ["0_toy", "1_toy", "2_toy", "3_toy"]
    assert jobs("runs") == ["0_toy", "2_toy"]
    told = capfd.readouterr().err
    assert "\n2 of 4 jobs failed:\n" in told
    for job, seed in (("1_toy", 0), ("3_toy", 1)):
        words = f"breaks=True seed={seed}"
        assert f"\n  {job}  {words}: breaks must be false, got true: set breaks=false\n" in told
    assert "rerun_failed=true" in told


def test_a_sweep_without_a_failure_says_nothing_and_exits_with_0(project, capfd):
    assert project(*SWEEP) == 0
    assert capfd.readouterr() == ("", "")


def test_rerun_failed_runs_the_failed_jobs_alone_in_the_folder_they_had(project, capfd):
    Path("broken").touch()
    project(*SWEEP)
    project("-m", "seed=4,5")  # another sweep in between
    Path("broken").unlink()
    project.toy.ran.clear()
    assert project("-q", *SWEEP, "rerun_failed=true") == 0
    assert project.toy.ran == ["1_toy", "3_toy"]
    folders = list(Path("runs/multirun").glob("*/*"))
    assert len(folders) == 2, "the sweep went on in its folder"
    assert not list(Path("runs").rglob("failed.json"))
    project.toy.ran.clear()
    capfd.readouterr()
    assert project(*SWEEP, "rerun_failed=true") == 0
    assert project.toy.ran == []


def test_other_callbacks_have_had_their_turn_before_failures_end_the_command():
    config = yaml.safe_load((conf_directory() / "train.yaml").read_text())
    callbacks = list(config["hydra"]["callbacks"])  # Hydra reverses them at the end
    assert callbacks.index("sweep_report") == 0
    assert callbacks.index("kept_config") > callbacks.index("sweep_board")


def test_a_sweep_refused_in_the_folder_of_another_leaves_it_as_it_was(project, capfd):
    words = ("-m", "seed=0,1", "hydra.sweep.dir=kept")
    assert project(*words) == 0
    before = {path: path.read_bytes() for path in Path("kept").rglob("*") if path.is_file()}
    assert project(*words, "lr=0.5") == 1
    told = capfd.readouterr().err
    assert "\n2 of 2 jobs failed:\n" in told
    for job in ("0_toy  seed=0", "1_toy  seed=1"):
        assert f"\n  {job}: the folder is of a run with another lr: set it as it was\n" in told
    assert {path: path.read_bytes() for path in Path("kept").rglob("*") if path.is_file()} == before
    assert project(*words, "rerun_failed=true") == 0
    assert capfd.readouterr() == ("", "")


def test_only_the_refused_jobs_of_a_sweep_are_put_back(project):
    project("-m", "seed=0", "hydra.sweep.dir=kept")
    before = Path("kept/0_toy/.hydra/overrides.yaml").read_bytes()
    assert project("-m", "seed=0,1", "lr=0.5", "hydra.sweep.dir=kept") == 1
    assert Path("kept/0_toy/.hydra/overrides.yaml").read_bytes() == before
    assert "lr=0.5" in Path("kept/1_toy/.hydra/overrides.yaml").read_text()
    assert jobs("kept") == ["0_toy", "1_toy"]


def test_rerun_failed_without_such_a_sweep_is_one_line(project, capfd):
    project("-m", "seed=4,5")
    assert project(*SWEEP, "rerun_failed=true") == 2
    assert capfd.readouterr().err.startswith("error: rerun_failed=true found no sweep of this com")
    (folder,) = Path("runs/multirun").glob("*/*")
    assert project(*SWEEP, "rerun_failed=true", f"hydra.sweep.dir={folder}") == 2
    assert "holds no sweep of this command" in capfd.readouterr().err
    project.toy.ran.clear()
    assert project("-m", "seed=4,5", "rerun_failed=true", f"hydra.sweep.dir={folder}") == 0
    assert project.toy.ran == []
