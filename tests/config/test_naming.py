"""A run is called what was really chosen."""

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from lightning_contrast.config.naming import LONGEST, register, run_name
from tests.choices import CONF


def named(*overrides, folder=CONF, config="train"):
    search = [f"hydra.searchpath=[file://{CONF}]"] if folder != CONF else []
    with initialize_config_dir(str(folder), version_base="1.3"):
        run = compose(config, [*search, *overrides], return_hydra_config=True)
    return run_name(run.hydra)


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ([], "supcon_bbc_news"),
        (["recipe=simclr", "modality=image"], "simclr_digits"),
        (["recipe=cross_entropy"], "cross_entropy_bbc_news"),
        (["loss=circle"], "circle_bbc_news"),
        (["loss=supcon"], "supcon_bbc_news"),
        (["loss.temperature=0.2", "seed=1"], "supcon_bbc_news"),
        (["recipe=simclr", "loss=circle"], "simclr_circle_bbc_news"),
        (["loss._target_=mine.MeanGap"], "MeanGap_bbc_news"),
        (["sampler=shuffled", "loss=circle", "source=table"], "circle_shuffled_table"),
        (["sampler=shuffled", "candidates=[in_batch,queue]"], "supcon_in_batch_queue_shuffled_bbc"),
        (["optimizer=sgd", "logger=none", "encoder=transformer"], "supcon_transformer_bbc_news"),
    ],
)
def test_the_name_tells_recipe_choices_and_source(overrides, name):
    assert named(*overrides).startswith(name)


def test_a_config_file_with_another_loss_is_not_called_by_the_default_recipe(tmp_path):
    (tmp_path / "mine.yaml").write_text("defaults: [train, {override loss: circle}, _self_]")
    assert named(folder=tmp_path, config="mine") == "circle_bbc_news"


def test_a_name_fits_into_a_path():
    name = named("loss=circle", f"loss._target_=a/{'b' * 300}")
    assert len(name) == LONGEST
    assert "/" not in name


def test_the_folder_of_a_run_has_its_name(monkeypatch):
    register()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("train", ["loss=circle"], return_hydra_config=True)
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    HydraConfig.instance().set_config(config)
    assert OmegaConf.select(config, "hydra.run.dir").endswith("_circle_bbc_news")
