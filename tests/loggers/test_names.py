import pytest
import yaml

from lightning_contrast.loggers.names import full_name, name_run, varied


def hydra(folder, mode, *overrides):
    names = type("Mode", (), {"name": mode})
    tasks = type("Overrides", (), {"task": list(overrides)})
    sweep = type("Sweep", (), {"dir": str(folder)})
    return type("Hydra", (), {"mode": names, "overrides": tasks, "sweep": sweep})


def config(**logger):
    wandb = {
        "_target_": "lightning_contrast.loggers.weights_and_biases.wandb_logger",
        "name": "n",
        "group": None,
    }
    return {"name": "n", "logger": {"wandb": wandb | logger, "csv": {"_target_": "x.csv_logger"}}}


def test_a_single_run_is_named_after_its_overrides_and_has_no_group(tmp_path):
    run = config()
    name_run(run, hydra(tmp_path, "RUN", "quiet=true", "optimizer.lr=0.1", "logger=wandb"))
    assert run["logger"]["wandb"]["name"] == "n optimizer.lr=0.1"
    assert run["logger"]["wandb"]["group"] is None


def test_in_a_sweep_only_what_it_varies_is_in_the_name(tmp_path):
    told = {"hydra": {"overrides": {"task": ["quiet=true", "seed=0,1", "optimizer.lr=1e-3"]}}}
    (tmp_path / "multirun.yaml").write_text(yaml.safe_dump(told))
    job = ["quiet=True", "seed=1", "optimizer.lr=0.001"]
    assert varied(job, tmp_path) == ["seed=1"]
    run = config()
    name_run(run, hydra(tmp_path, "MULTIRUN", *job))
    assert run["logger"]["wandb"]["name"] == "n seed=1"
    assert run["logger"]["wandb"]["group"] == f"{tmp_path.parent.name}_{tmp_path.name}"


def test_what_the_user_says_stands(tmp_path):
    run = config(name="mine", group="ours")
    name_run(run, hydra(tmp_path, "MULTIRUN", "seed=1"))
    assert run["logger"]["wandb"]["name"] == "mine"
    assert run["logger"]["wandb"]["group"] == "ours"


@pytest.mark.parametrize("count", [5, 50])
def test_a_name_is_never_longer_than_wandb_shows(count):
    assert len(full_name("n", [f"a.b{i}=1" for i in range(count)])) <= 100
