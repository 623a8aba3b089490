"""Every sweep of ``conf/sweep`` composes, and what it varies is there."""

import pytest
from hydra import compose, initialize_config_dir
from hydra.types import RunMode
from omegaconf import OmegaConf

from tests.choices import CONF, names


def composed(*words: str):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("train", [*words, "name=test"], return_hydra_config=True)


@pytest.mark.parametrize("sweep", names("sweep"))
def test_a_sweep_is_a_multirun_over_keys_and_choices_that_exist(sweep):
    config = composed(f"sweep={sweep}")
    assert config.hydra.mode == RunMode.MULTIRUN
    params = config.hydra.sweeper.params
    groups = {key: str(sweep).split(",") for key, sweep in params.items() if (CONF / key).is_dir()}
    for group, choices in groups.items():
        assert set(choices) <= set(names(group))
    chosen = [f"{group}={choices[0]}" for group, choices in groups.items()]
    text, image = composed(f"sweep={sweep}", *chosen), composed("modality=image", *chosen)
    for key in set(params) - set(groups):
        found = [OmegaConf.select(each, key) for each in (text, image)]
        assert found != [None, None], f"{key} is in no run"


def test_a_study_adds_its_pruning_to_any_callbacks():
    config = composed("sweep=optuna", "callbacks=[default,weight_average]")
    assert {"prune", "checkpoint", "weight_average"} <= config.callbacks.keys()
