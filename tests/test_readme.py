"""The README's Python runs, and its commands compose."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from tests.choices import CONF
from tests.runs import composed, composed_experiment

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


TRAININGS = [
    line
    for block in blocks("sh")
    for line in block.replace("\\\n", "").splitlines()
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


GROUPS = sorted({p.name for p in (ROOT / "conf").iterdir() if p.is_dir()} - {"hydra"})


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
    first_of_a_sweep = [w if set(w) & set("[{") else w.partition(",")[0] for w in words]
    assert composed(*first_of_a_sweep)["source"]["_target_"]


USES = [
    line.partition("lightning-contrast ")[2].split(" | ")[0]
    for block in blocks("sh")
    for line in block.replace("\\\n", "").splitlines()
    if re.search(r"lightning-contrast (evaluate|predict|embed|search|export) ", line)
]


@pytest.mark.parametrize("line", USES)
def test_the_commands_on_a_trained_model_compose(line):
    command, *words = shlex.split(line, comments=True)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(command, [word for word in words if not word.startswith("query=")])
    checkpoints = [config.checkpoint] if isinstance(config.checkpoint, str) else config.checkpoint
    assert all(path.endswith(".ckpt") for path in checkpoints)
