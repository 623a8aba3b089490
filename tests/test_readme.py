"""The README's Python runs, and its commands compose."""

import re
import shlex
from pathlib import Path

import pytest

from tests.runs import composed, composed_experiment

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


TRAININGS = [
    line
    for block in blocks("sh")
    for line in block.splitlines()
    if line.startswith("lightning-contrast train")
]


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert names["prediction"].label == "sports"
    assert names["vectors"].shape[0] == 2
    assert "sports" in capsys.readouterr().out


ROWS = [line for line in README.splitlines() if line.startswith("| `")]


GROUPS = sorted(path.name for path in (ROOT / "conf").iterdir() if path.is_dir())


@pytest.mark.parametrize("group", GROUPS)
def test_the_table_of_groups_names_every_choice(group):
    (row,) = [row for row in ROWS if f"`{group}`" in row.split("|")[1]]
    for path in (ROOT / "conf" / group).glob("*.yaml"):
        assert re.search(rf"\b{path.stem}\b", row), f"{group}={path.stem}"


@pytest.mark.parametrize("line", TRAININGS)
def test_the_commands_of_the_readme_compose(line):
    words = [word for word in shlex.split(line, comments=True)[2:] if word != "-m"]
    if words and words[0] == "--config-dir":
        assert composed_experiment(ROOT / words[1], words[3], *words[4:])["name"]
        return
    first_of_a_sweep = [word.partition(",")[0] if "[" not in word else word for word in words]
    assert composed(*first_of_a_sweep)["source"]["_target_"]
