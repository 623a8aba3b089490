"""The logger and callbacks groups compose alone, in lists, and build what they name."""

from pathlib import Path

import pytest

from lightning_contrast.config.construct import construct
from lightning_contrast.loggers.make import close_loggers

CONF = Path(__file__).parents[2] / "conf"


def compose(tmp_path, *overrides):
    from hydra import compose, initialize_config_dir

    main = "defaults:\n  - logger: [csv, wandb]\n  - callbacks: default\n  - _self_\n"
    main += "name: n\ngroup: null\njob_type: train\ntags: [t]\nquiet: true\n"
    main += "metric: validation/accuracy\n"
    main += f"hydra:\n  searchpath: ['file://{CONF}']\n"
    (tmp_path / "main.yaml").write_text(main)
    with initialize_config_dir(str(tmp_path), version_base=None):
        return compose("main", overrides=list(overrides))


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("[csv,wandb]", ["csv", "wandb"]),
        ("csv", ["csv"]),
        ("[csv,tensorboard,wandb]", ["csv", "tensorboard", "wandb"]),
        ("default", ["csv", "wandb"]),
        ("none", []),
    ],
)
def test_any_list_of_loggers_composes_and_is_built(tmp_path, choice, names):
    config = compose(tmp_path, f"logger={choice}")
    assert list(config.logger) == names
    loggers = [construct(logger, save_dir=tmp_path) for logger in config.logger.values()]
    close_loggers(loggers)
    kinds = {"csv": "CSVLogger", "tensorboard": "TensorBoardLogger", "wandb": "WandbLogger"}
    assert [type(logger).__name__ for logger in loggers] == [kinds[name] for name in names]


def test_the_callbacks_are_built_and_the_average_of_weights_can_join(tmp_path):
    config = compose(tmp_path, "callbacks=[default,weight_average]")
    built = [construct(part, dirpath=tmp_path) for part in config.callbacks.values()]
    assert [type(callback).__name__ for callback in built] == [
        "BestCheckpoint",
        "Progress",
        "CollapseWarning",
        "NoContrastWarning",
        "LastCheckpoint",
        "StopWhenNotFinite",
        "Health",
        "WeightAverage",
    ]
    assert built[0].dirpath == str(tmp_path)
    assert built[1].quiet
