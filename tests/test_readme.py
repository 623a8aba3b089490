"""The README files: links lead somewhere, commands compose, the Python of the first page runs.

``test_readme_runs.py`` runs the commands and the other pages' Python.
"""

import re
import shlex

import pytest
from hydra import compose, initialize_config_dir

from tests.choices import CONF
from tests.cut_short import ARGUMENTS, CODE, INSTEAD, elsewhere, of_script
from tests.pages import PAGES, ROOT, blocks, commands, heading_links, links, named
from tests.runs import composed, composed_experiment

COMMANDS = sorted({line for page in PAGES for line in commands(page)})
PROGRAM = "lightning-contrast "
TRAININGS = [line for line in COMMANDS if line.startswith(PROGRAM + "train ")]
USES = [
    line.partition(PROGRAM)[2].partition(" | ")[0]
    for line in COMMANDS
    if re.search(PROGRAM + "(evaluate|predict|embed|search|generate|export) ", line)
]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file_or_a_heading(page):
    for link in links(page):
        if link.startswith("https://"):
            continue
        file, _, heading = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        if heading:
            assert heading in heading_links(target), link


def test_the_first_page_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_page_is_reached_from_the_first_one():
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page.is_dir():
            page = page / "README.md"
        if page.suffix == ".md" and page not in seen:
            seen.add(page)
            files = [link.partition("#")[0] for link in links(page) if "//" not in link]
            waiting += [(page.parent / file).resolve() for file in files if file]
    assert set(PAGES) <= seen


def test_the_picture_of_the_flow_names_groups_that_exist():
    text = (ROOT / "lightning_contrast" / "flow.svg").read_text(encoding="utf-8")
    groups = re.findall(r'class="m">(\w+)<', text)
    assert {"sampler", "pairing", "loss"} <= set(groups)
    assert all((CONF / group).is_dir() for group in groups)


@pytest.mark.parametrize("line", TRAININGS)
def test_the_trainings_compose(line):
    words = shlex.split(line)[2:]
    places = {words[i]: words[i + 1] for i in range(len(words)) if words[i].startswith("--config-")}
    words = [w for w in words if w != "-m" and w not in {*places, *places.values()}]
    words = [w for w in words if "=tag(" not in w]  # the sweeper's, who draws from it
    first_of_a_sweep = [w if set(w) & set("[{") else w.partition(",")[0] for w in words]
    if "--config-name" in places:
        folder = ROOT / places["--config-dir"]
        assert composed_experiment(folder, places["--config-name"], *first_of_a_sweep)["name"]
    elif not places:  # those with parts of one's own are run as a whole
        run = composed(*first_of_a_sweep)
        assert (run.get("source") or run["environment"])["_target_"]


@pytest.mark.parametrize("line", USES)
def test_the_commands_on_a_trained_model_compose(line):
    command, *words = shlex.split(line)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(command, [word for word in words if not word.startswith("query=")])
    checkpoints = [config.checkpoint] if isinstance(config.checkpoint, str) else config.checkpoint
    assert all(path.endswith(".ckpt") for path in checkpoints)


def test_every_script_of_a_page_has_one_short_form():
    lines = [line for line in COMMANDS if line.startswith("python ") and not elsewhere(line)]
    for line in lines:
        assert sum(name in line for name in ARGUMENTS) == 1, f"{line}: see tests/cut_short.py"
        assert of_script(line)
    assert {*INSTEAD, *CODE} <= set(ARGUMENTS)


def test_the_python_of_the_first_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for block in blocks(ROOT / "README.md"):
        if block.language == "python" and block.file is None:
            exec(compile(block.content, "README.md", "exec"), {})
    assert "sports" in capsys.readouterr().out
