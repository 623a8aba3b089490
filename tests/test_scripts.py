"""The set-up of ./scripts/run and ./scripts/test, with a Python that only writes down its calls."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("bash", "cat", "chmod", "cksum", "cp", "dirname", "env", "mkdir", "mktemp", "rm", "tail")
TOOLS += ("tee", "timeout", "uname")
PYTHON = """\
#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$*" in
  -c*) [[ "$VERSION" =~ ^3\\.1[123]\\. ]] ;;
  --version) echo "Python $VERSION" ;;
  *" venv "*)
    mkdir -p "$4/bin"
    cp "$0" "$4/bin/python"
    printf '#!/usr/bin/env bash\\nprintf "<%%s>" "$PWD" "$@"\\n' >"$4/bin/lightning-contrast"
    chmod +x "$4/bin/lightning-contrast" ;;
  *" download "*) exit "$NO_NETWORK" ;;
  *" install "*) exit "$NO_DISK" ;;
  "-m ruff check") exit "$UNTIDY" ;;
  "-m pytest"*) echo "1 passed" ;;
esac
"""


class Checkout:
    """A copy of the scripts in a folder with a space, and a PATH that holds one fake Python."""

    def __init__(self, root: Path):
        self.root = root / "a checkout"
        self.elsewhere = root / "else where"
        self.calls_file = root / "calls"
        path = root / "bin"
        for folder in (self.root, self.elsewhere, path):
            folder.mkdir()
        for folder in ("scripts", ".ci"):
            shutil.copytree(ROOT / folder, self.root / folder)
        for name in ("pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.root)
        for tool in TOOLS:
            (path / tool).symlink_to(shutil.which(tool))
        (path / "python3").write_text(PYTHON)
        (path / "python3").chmod(0o755)
        self.environment = {"PATH": str(path), "CALLS": str(self.calls_file), "VERSION": "3.12.1"}
        self.environment |= {"NO_NETWORK": "0", "NO_DISK": "0", "UNTIDY": "0"}

    def __call__(self, script, *words, **environment):
        self.calls_file.write_text("")
        return subprocess.run(
            [self.root / script, *words],
            cwd=self.elsewhere,
            env=self.environment | environment,
            capture_output=True,
            text=True,
        )

    def calls(self, word):
        return [call for call in self.calls_file.read_text().splitlines() if word in call]


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_run_installs_once_and_hands_its_arguments_to_train_in_the_users_folder(checkout):
    first = checkout("scripts/run", "loss=supcon", "input=a b.csv")
    assert first.returncode == 0, first.stderr
    assert "Making " in first.stdout
    assert "Installing lightning-contrast[bbc,table]" in first.stdout
    assert first.stdout.endswith(f"<{checkout.elsewhere}><train><loss=supcon><input=a b.csv>")
    (install,) = checkout.calls(" install ")
    assert install.endswith("install -c constraints.txt -e .[bbc,table]")

    second = checkout("scripts/run")
    assert (second.returncode, second.stdout) == (0, f"<{checkout.elsewhere}><train>")
    assert not checkout.calls(" install ") + checkout.calls(" venv ") + checkout.calls(" download ")


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_run_installs_again_when_what_is_asked_for_has_changed(checkout, name):
    checkout("scripts/run")
    with (checkout.root / name).open("a") as file:
        file.write("# changed\n")
    checkout("scripts/run")
    assert checkout.calls(" install ")
    assert not checkout.calls(" venv ")


def test_run_needs_no_install_after_test_and_test_adds_to_what_run_installed(checkout):
    checkout("scripts/run")
    checkout("scripts/test")
    (install,) = checkout.calls(" install ")
    assert install.endswith("-e .[bbc,table,test]")
    checkout("scripts/run")
    assert not checkout.calls(" install ")


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        (
            {"VERSION": "3.10.13"},
            "Python 3.11, 3.12 or 3.13 is needed and Python 3.10.13 was found",
        ),
        ({"VERSION": "3.14.0"}, "Python 3.11, 3.12 or 3.13 is needed and Python 3.14.0 was found"),
        ({"NO_NETWORK": "1"}, "the package registry cannot be reached: check the network"),
        ({"NO_DISK": "1"}, "pip could not install the packages; its message is above"),
    ],
)
def test_what_is_missing_is_said_in_one_line_and_the_next_call_tries_again(
    checkout, environment, line
):
    failed = checkout("scripts/run", **environment)
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"error: {line}")
    assert failed.stderr.count("\n") == 1
    assert checkout("scripts/run").returncode == 0
    assert checkout.calls(" install ")


def test_python_names_another_interpreter(checkout):
    own = checkout.elsewhere / "my python"
    shutil.copy(checkout.root.parent / "bin/python3", own)
    (checkout.root.parent / "bin/python3").write_text("#!/usr/bin/env bash\nexit 1\n")
    assert checkout("scripts/run").returncode == 1
    assert checkout("scripts/run", PYTHON=str(own)).returncode == 0


def test_test_runs_every_check_also_after_one_has_failed(checkout):
    assert checkout("scripts/test", "-k", "name").returncode == 0
    untidy = checkout("scripts/test", "-k", "name", UNTIDY="1")
    assert untidy.returncode == 1
    checks = [call.removeprefix("-m ") for call in checkout.calls("-m ") if " pip " not in call]
    side_by_side = "pytest -n 3 --dist loadfile -k name"
    assert checks == ["ruff format --check", "ruff check", "mypy", side_by_side]


@pytest.mark.parametrize("untidy", ["0", "1"])
def test_ci_ends_with_the_summary_of_the_fast_tests_and_the_status_of_all(checkout, untidy):
    done = checkout(".ci/run", UNTIDY=untidy)
    assert done.returncode == int(untidy)
    assert done.stdout.splitlines()[-1] == "1 passed"


@pytest.mark.slow
def test_the_benchmark_of_samplers_writes_its_figures(tmp_path):
    figures = tmp_path / "samplers.json"
    words = ["--rows", "4000", "--large", "8000", "--classes", "40", "--batch", "64"]
    words += ["--rounds", "1", "--samplers", "class_balanced", "--json", figures]
    script = ROOT / "scripts" / "bench" / "samplers.py"
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(figures.read_text())
    assert [entry["sampler"] for entry in found["epochs"]] == ["class_balanced", "MPerClassSampler"]
    assert all(entry["ratio"] > 0 for entry in found["epochs"])
    assert [entry["rows"] for entry in found["large"]] == [8000]
