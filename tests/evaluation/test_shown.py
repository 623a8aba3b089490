"""What ``train`` and ``evaluate`` print, and which protocols ``evaluate`` takes of itself."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from lightning_contrast.commands.evaluate import main as evaluate
from lightning_contrast.commands.train import main as train
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.load import protocols_by_head
from tests.inference.commands import called
from tests.made_captions import write_captions
from tests.protocols.untrained import untrained

QUICK = [
    "trainer.max_steps=2",
    "source.group_column=id",
    "source.label_column=label",
    "trainer.accelerator=cpu",
    "logger=none",
]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A run of pictures with captions, and what ``train`` printed."""
    folder = tmp_path_factory.mktemp("pairs")
    path = write_captions(folder / "rows", 40)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    sides = ("train", "train", "train", "validation", "test")
    told = [line | {"side": sides[line["id"] // 8 % 5]} for line in lines]
    path.write_text("\n".join(map(json.dumps, told)))
    words = ["modality=mixed", "recipe=clip", f"source.path={path}", f"hydra.run.dir={folder}/run"]
    with redirect_stdout(StringIO()) as said:
        assert called(train, *words, *QUICK, "encoder.towers.image.widths=[8]") == 0
    return folder / "run" / "checkpoints" / "best.ckpt", said.getvalue()


def test_train_prints_a_table_of_each_protocol(pairs):
    _, said = pairs
    assert "Retrieval: rows and their partners" in said and "Zero-shot" in said


def test_evaluate_takes_the_protocols_of_the_run_and_those_of_its_head(pairs, tmp_path, capsys):
    checkpoint, _ = pairs
    assert called(evaluate, f"checkpoint={checkpoint}", f"hydra.run.dir={tmp_path}") == 0
    said = capsys.readouterr().out
    assert "Retrieval: rows and their partners" in said and "Efficiency" in said
    assert "do not judge" not in said and "Accuracy" not in said


def test_a_reference_stands_beside_the_size_and_the_speed(pairs, tmp_path, capsys):
    checkpoint, _ = pairs
    words = [f"checkpoint={checkpoint}", f"reference={checkpoint}", f"hydra.run.dir={tmp_path}"]
    assert called(evaluate, *words, "protocols=[efficiency]") == 0
    said = capsys.readouterr().out
    assert "reference" in said and "rows a second" in said


def test_no_protocol_is_told(pairs, tmp_path, capsys):
    checkpoint, _ = pairs
    words = [f"checkpoint={checkpoint}", f"hydra.run.dir={tmp_path}", "protocols=[word_order]"]
    assert called(evaluate, *words, "protocols.word_order=null") == 0
    assert "No protocol was chosen" in capsys.readouterr().out


def test_a_checkpoint_names_no_foreign_protocol(tmp_path: Path):
    subject = untrained(tmp_path, "modality=image", "source=digits", "source.per_class=20")
    config = {**subject.config, "protocols": {"mine": {"_target_": "os.system", "command": "ls"}}}
    subject.config = config
    with pytest.raises(InputError, match=r"os\.system"):
        protocols_by_head(subject, {})
