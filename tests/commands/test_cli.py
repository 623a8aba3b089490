import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from lightning_contrast.commands.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"hydra", "omegaconf", "torch", "numpy", "pytorch_lightning", "wandb", "rich", "sklearn"}


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from lightning_contrast.commands.cli import main; main(['--help']);"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0
    assert not HEAVY & set(done.stderr.split())


@pytest.mark.parametrize("argv", [[], ["-h"], ["--help"], ["help"]])
def test_help_names_every_command(argv, capsys):
    main(argv)
    printed = capsys.readouterr().out
    assert all(f"\n  {command}" in printed for command in COMMANDS)
    assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_module_and_its_config(command):
    assert (ROOT / "lightning_contrast/commands" / f"{command}.py").is_file()
    assert (ROOT / "conf" / f"{command}.yaml").is_file() or command == "summarize"  # no Hydra


def test_version_is_the_one_of_the_project(capsys):
    main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"lightning-contrast {project['version']}\n"


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        ("trian", "did you mean train?"),
        ("evalute", "did you mean evaluate?"),
        ("zzz", "lightning-contrast --help shows more"),
        ("loss=supcon", "write lightning-contrast train loss=supcon"),
    ],
)
def test_an_unknown_command_is_one_line_with_a_mend_and_exit_code_2(word, mend, capsys):
    with pytest.raises(SystemExit) as stop:
        main([word])
    printed = capsys.readouterr()
    assert (stop.value.code, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert printed.err.startswith(f"error: {word!r} is no command ({', '.join(COMMANDS)}): ")
    assert printed.err.endswith(f"{mend}\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_gets_the_words_after_it_and_quiet_from_before_it(command, monkeypatch):
    seen = []
    module = SimpleNamespace(main=seen.append)
    monkeypatch.setitem(sys.modules, f"lightning_contrast.commands.{command}", module)
    main([command, "seed=1", "--cfg", "job"])
    main(["-q", command, "seed=1"])
    assert seen == [["seed=1", "--cfg", "job"], ["-q", "seed=1"]]


def test_the_module_runs_as_the_installed_command_does():
    ask = [sys.executable, "-m", "lightning_contrast.commands.cli", "--version"]
    done = subprocess.run(ask, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout.split()[0]) == (0, "lightning-contrast")
