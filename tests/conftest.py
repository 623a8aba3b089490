"""What many tests look at: runs on real data, and classifiers for protocols, once a session."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import omegaconf
import pytest
import yaml
from hypothesis import HealthCheck, settings
from PIL import Image

# The process that shares the tests out reads this file too: it need not import torch.
if TYPE_CHECKING:
    from lightning_contrast.evaluation.subject import Subject

# No test may depend on how fast the machine is.
settings.register_profile("any_speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_speed")


def read_yaml_fast() -> None:
    """Gives OmegaConf's loader the parser of libyaml, which is written in C: tests compose some
    thousand configs."""
    utils, python = omegaconf._utils, yaml.SafeLoader
    yaml.SafeLoader = yaml.CSafeLoader
    loader = utils.get_yaml_loader()
    yaml.SafeLoader, utils.get_yaml_loader = python, lambda: loader


read_yaml_fast()

QUICK = ("quiet=true", "logger=none", "trainer.accelerator=cpu")


def made(folder, *overrides: str) -> "Subject":
    """A classifier with its data: the head is fitted, nothing is trained."""
    from pytorch_lightning import seed_everything

    from lightning_contrast.build.parts import build_datamodule, build_module
    from lightning_contrast.evaluation.subject import Subject
    from tests.runs import composed

    run = composed("datamodule.batch_size=30", "quiet=true", *overrides)
    seed_everything(0, verbose=False)
    datamodule = build_datamodule(run)
    subject = Subject(build_module(run, datamodule).network.eval(), datamodule, run, folder)
    subject.fit_head()
    return subject


def trained_once(factory, name: str, *overrides: str) -> Path:
    """The folder of a run that is trained once for all processes of pytest."""
    from lightning_contrast.training.run import train
    from tests.runs import composed, once

    return once(factory, name, lambda folder: train(composed(*overrides, *QUICK), folder))


@pytest.fixture(scope="session")
def text_subject(tmp_path_factory) -> "Subject":
    from tests.runs import write_news

    folder = tmp_path_factory.mktemp("text_subject")
    table = write_news(folder / "news.csv", rows=150)
    return made(folder, "source=table", f"source.path={table}")


@pytest.fixture(scope="session")
def image_subject(tmp_path_factory) -> "Subject":
    folder = tmp_path_factory.mktemp("image_subject")
    return made(folder, "modality=image", "source.per_class=20")


@pytest.fixture(scope="session", params=["text", "image"])
def subject(request) -> "Subject":
    return request.getfixturevalue(f"{request.param}_subject")


@pytest.fixture(scope="session")
def bbc_run(tmp_path_factory) -> Path:
    """The folder of a short run on BBC News."""
    return trained_once(tmp_path_factory, "bbc_run", "source.per_class=40", "trainer.max_epochs=6")


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory) -> Path:
    """The folder of a short run on the digits."""
    words = ("modality=image", "source.per_class=30", "trainer.max_epochs=3")
    return trained_once(tmp_path_factory, "digits_run", *words)


@pytest.fixture(scope="session")
def bbc(bbc_run):
    """The classifier of the short run on BBC News."""
    from lightning_contrast.modules import load

    return load(bbc_run / "checkpoints/best.ckpt")


@pytest.fixture(scope="session")
def digits(digits_run):
    """The classifier of the short run on the digits."""
    from lightning_contrast.modules import load

    return load(digits_run / "checkpoints/best.ckpt")


@pytest.fixture(scope="session")
def articles() -> list[tuple[str, str]]:
    """Twelve articles (text, class) of each of three classes, with their commas and line ends."""
    from lightning_contrast.sources.bbc_news import BBCNews

    rows = BBCNews().load()
    picked = [np.flatnonzero(rows.label == number)[:12] for number in (0, 3, 4)]
    return [(rows.raw[i], rows.classes[rows.label[i]]) for i in np.stack(picked, axis=1).ravel()]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of digits as PNG and JPEG, six of each of three classes."""
    from lightning_contrast.sources.digits import Digits

    digits = Digits().load()
    for number in range(3):
        (tmp_path / f"digit {number}" / "deep").mkdir(parents=True)
        rows = np.flatnonzero(digits.label == number)[:6]
        for place, pixels in enumerate(digits.raw[rows].numpy()):
            image = Image.fromarray(pixels[0])
            if place % 2:
                image.save(tmp_path / f"digit {number}" / f"{place}.png")
            else:
                image = image.resize((40, 24)).convert("RGB")
                image.save(tmp_path / f"digit {number}" / "deep" / f"{place}.JPG")
    return tmp_path
