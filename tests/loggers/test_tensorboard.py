"""TensorBoard has the same scalars, the pictures, the tables and the projector."""

import pytest
import torch
from torch.utils.tensorboard import SummaryWriter

from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.loggers.tensorboard import log_projector
from lightning_contrast.modalities import modality_of
from lightning_contrast.types import Embedded
from tests.offline_runs import read_run


@pytest.fixture(scope="module")
def board(sweep):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(sweep / "0" / "tensorboard"), size_guidance={"images": 0})
    return found.Reload()


def test_every_scalar_of_wandb_is_there_with_its_steps(sweep, board):
    _, _, history, *_ = read_run(sweep / "0")
    for name in ("train/loss", "validation/accuracy", "health/gradient_norm", "health/uniformity"):
        theirs = [(row["trainer/global_step"], row[name]) for row in history if name in row]
        ours = [(event.step, event.value) for event in board.Scalars(name)]
        assert [step for step, _ in ours] == [step for step, _ in theirs]
        assert [value for _, value in ours] == pytest.approx([value for _, value in theirs])
    assert "final/test/accuracy" in board.Tags()["scalars"]


def test_histograms_pictures_and_tables_are_there(board):
    tags = board.Tags()
    assert "health/cosines/negative" in tags["histograms"]
    assert {"report/accuracy_confusion", "report/run_projection"} <= set(tags["images"])
    assert "report/accuracy_confusion/text_summary" in tags["tensors"]


def test_the_projector_shows_each_test_row_with_its_class_and_text(sweep):
    folder = sweep / "0" / "tensorboard"
    (points,) = folder.glob("*/test/tensors.tsv")
    lines = (points.parent / "metadata.tsv").read_text().splitlines()
    assert lines[0].split("\t") == ["true", "predicted", "text"]
    assert lines[1].split("\t")[0].startswith("class ")
    assert len(lines) - 1 == len(points.read_text().splitlines())
    assert "tensors.tsv" in (folder / "projector_config.pbtxt").read_text()


def test_the_projector_shows_pictures(tmp_path):
    class Subject:
        eye = torch.eye(4)
        test = Embedded(eye, eye, eye, torch.tensor([0, 1, 0, 1]), torch.arange(4))
        classes, modality = ("a", "b", "c", "d"), modality_of("image")
        rows = type("Rows", (), {"raw": InMemoryImages(torch.zeros(4, 1, 8, 8).byte())})

    class TensorBoardLogger:
        experiment = SummaryWriter(str(tmp_path))

    log_projector([TensorBoardLogger()], Subject())
    (sprite,) = tmp_path.glob("*/test/sprite.png")
    assert sprite.read_bytes().startswith(b"\x89PNG")
