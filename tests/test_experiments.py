"""Every experiment composes, builds its parts, and says in its README what it asks and finds."""

from pathlib import Path

import pytest

from lightning_contrast.config.construct import construct
from tests.runs import composed_experiment

FOLDERS = sorted(
    path.parent for path in (Path(__file__).parent.parent / "experiments").glob("*/run.yaml")
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_experiment_composes_and_its_free_parts_are_built(folder):
    for config in sorted({*folder.glob("*.yaml")} - {folder / "arms.yaml"}):
        run = composed_experiment(folder, config.stem)
        assert run["name"] == folder.name
        for group in ("source", "view", "pairing", "miner", "loss", "optimizer", "schedule"):
            construct(run.get(group))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_experiment_has_a_question_a_command_and_an_answer(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert f"experiments/{folder.name}" in text
    assert "**Answer:**" in text


def test_the_overview_lists_every_question_with_its_answer():
    overview = (FOLDERS[0].parent / "README.md").read_text(encoding="utf-8")
    for folder in FOLDERS:
        question = (folder / "README.md").read_text(encoding="utf-8").splitlines()[0][2:]
        assert question.endswith("?")
        assert f"| [{question}]({folder.name}) | " in overview
