"""A generator's run on the command line, what it leaves, and images that are made of it."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.commands.cli import main as cli
from lightning_contrast.commands.generate import main
from lightning_contrast.errors import InputError
from lightning_contrast.inference.made_images import make_images
from lightning_contrast.modules import load
from lightning_contrast.sources.folder import Folder
from tests.inference.commands import called

SMALL = ("modality=image", "source.per_class=8", "datamodule.batch_size=20", "logger=csv", "-q")
MADE = ("generator.widths=[8,4]", "encoder.widths=[6,8]", "trainer.max_epochs=3")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A generator of digits, judged by a classifier of digits."""
    folder = tmp_path_factory.mktemp("made")
    place = "hydra.run.dir="
    judge = f"{folder}/judge/checkpoints/best.ckpt"
    words = ("train", *SMALL, "trainer.accelerator=cpu")
    assert called(cli, *words, "trainer.max_epochs=2", f"{place}{folder}/judge") == 0
    of_judge = f"protocols.generation.classifier={judge}"
    assert called(cli, *words, "recipe=reacgan", *MADE, of_judge, f"{place}{folder}/run") == 0
    return folder


@pytest.fixture(scope="module")
def network(run):
    return load(run / "run/checkpoints/best.ckpt")


def test_a_run_leaves_figures_pictures_and_a_report(run):
    figures = json.loads((run / "run/evaluation/metrics.json").read_text())
    names = ("frechet", "frechet_halves", "frechet_ratio", "precision", "recall", "spread")
    found = {name: figures[f"generation/{name}"] for name in names}
    assert all(value >= 0 for value in found.values()) and found["frechet"] > 0
    assert found["frechet_ratio"] == pytest.approx(found["frechet"] / found["frechet_halves"])
    assert 0 <= figures["generation/class_consistency"] <= figures["generation/class_purity"] <= 1
    assert figures["generation/real_consistency"] > 0.15  # a classifier of a few steps
    steps = sorted(path.stem for path in (run / "run/samples").glob("*.png"))
    assert steps == ["0000004", "0000008", "0000012"]
    with Image.open(run / "run/samples/0000012.png") as picture:
        assert picture.size == (2 + 8 * 10, 2 + 10 * 10)
    plots = {path.stem for path in (run / "run/evaluation/plots").glob("generation_*")}
    assert plots == {"generation_made", "generation_step_4", "generation_step_8"}
    assert "Made images" in (run / "run/report.html").read_text()
    result = json.loads((run / "run/result.json").read_text())
    assert result["train/steps"] == 12 and "calibration/temperature" not in result


def test_the_last_picture_is_what_the_checkpoint_makes(run, network):
    label = np.repeat(np.arange(10), 8).tolist()
    made = (network.generate(label, seed=0) * 255).round().to(torch.uint8)
    picture = np.array(Image.open(run / "run/samples/0000012.png"))
    cell = picture[2 + 10 * 3 : 10 + 10 * 3, 12:20]
    assert np.abs(cell.astype(int) - made[3 * 8 + 1, 0].numpy()).max() <= 1


def test_the_command_writes_a_grid_and_images_that_a_source_reads(run, tmp_path, capsys):
    checkpoint = f"checkpoint={run}/run/checkpoints/best.ckpt"
    words = (checkpoint, f"output={tmp_path}/a", "count=3", "classes=[7,2]", "seed=5")
    assert called(main, *words) == 0
    assert capsys.readouterr().out.split() == [f"{tmp_path}/a/images", f"{tmp_path}/a/grid.png"]
    with Image.open(tmp_path / "a/grid.png") as picture:
        assert picture.size == (2 + 3 * 10, 2 + 2 * 10)
    rows = Folder(path=str(tmp_path / "a/images"), size=8, channels=1).loaded()
    assert rows.classes == ("2", "7") and np.bincount(rows.label).tolist() == [3, 3]
    assert called(main, checkpoint, f"output={tmp_path}/b", *words[2:], "-q") == 0
    for file in (tmp_path / "a").rglob("*.png"):
        other = tmp_path / "b" / file.relative_to(tmp_path / "a")
        assert file.read_bytes() == other.read_bytes()


def test_what_can_not_be_made_is_one_line(run, network, tmp_path, capsys):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    wrong = {
        "classes=[boat]": "classes must name some of 0, 1,",
        "count=0": "count must be a whole number of at least 1, got 0",
        "seed=-1": "seed must be a whole number",
        f"output={tmp_path}/full": "is there already: name a new folder",
        f"checkpoint={run}/judge/checkpoints/best.ckpt": "makes neither images nor texts",
    }
    for word, line in wrong.items():
        words = {"checkpoint": f"{run}/run/checkpoints/best.ckpt", "output": f"{tmp_path}/new"}
        words |= dict([word.split("=", 1)])
        assert called(main, *(f"{key}={value}" for key, value in words.items())) == 2
        printed = capsys.readouterr().err
        assert printed.startswith("error: ") and line in printed and printed.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]


def test_names_of_classes_lead_to_no_other_folder(network, tmp_path):
    names = ["../../up", "T-shirt/top", "..", "a", "A/b", "A_b", "", "x" * 300, "é", "/root"]
    network.classes = names
    make_images(network, tmp_path / "made", count=1)
    found = sorted(path.name for path in (tmp_path / "made/images").iterdir())
    assert len(found) == 10 and {"T-shirt_top", "class_2", "class_4", "class_6", "é"} <= set(found)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_judge_of_other_classes_is_refused(run, tmp_path):
    words = ("recipe=contragan", *MADE[:2], "trainer.max_epochs=1", "trainer.accelerator=cpu")
    judge = f"{run}/judge/checkpoints/best.ckpt"
    from lightning_contrast.protocols.generation import Generation
    from tests.protocols.untrained import untrained

    subject = untrained(tmp_path, *SMALL[:-1], *words, fit_head=False)
    subject.network.classes = ["other"] * 10
    with pytest.raises(InputError, match="knows other classes"):
        Generation(judge)(subject)
