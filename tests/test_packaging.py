import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
PLUGINS = "hydra_plugins"  # where Hydra looks for them
CONSTRAINTS = {
    canonicalize_name(line.partition("==")[0]): line.partition("==")[2]
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if not line.startswith("#")
}


def requirements(lines):
    found = map(Requirement, lines)
    return [each for each in found if each.name != PROJECT["name"]]


OUTSIDE = ("deepspeed", "ray", "timm")  # not installed by the test set-up

ALL = requirements(
    [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
)


@pytest.mark.parametrize("requirement", ALL, ids=str)
def test_every_dependency_has_a_lower_and_an_upper_bound(requirement):
    assert {each.operator for each in requirement.specifier} == {">=", "<"}


def test_the_constraints_are_exact_and_within_the_bounds():
    assert all(re.fullmatch(r"[\w.]+", version) for version in CONSTRAINTS.values())
    outside = [each for extra in OUTSIDE for each in requirements(EXTRAS[extra])]
    for requirement in ALL:
        if requirement not in outside:
            assert CONSTRAINTS[canonicalize_name(requirement.name)] in requirement.specifier, (
                requirement
            )


def test_torchvision_and_timm_are_installed_by_their_own_extra_only():
    assert not {"torchvision", "timm"} & CONSTRAINTS.keys()
    others = [line for name, extra in EXTRAS.items() if name != "timm" for line in extra]
    assert not {"torchvision", "timm"} & {r.name for r in requirements(others)}
    assert not any("timm" in Requirement(line).extras for line in others)


def test_every_missing_extra_that_the_package_names_is_one_of_the_project():
    calls = re.compile(r"missing_extra\(\s*\"[\w.-]+\",\s*\"([\w-]+)\"")
    pip = re.compile(r"lightning-contrast\[([\w,-]+)\]")
    for path in (ROOT / "lightning_contrast").rglob("*.py"):
        text = path.read_text()
        named = {*calls.findall(text), *",".join(pip.findall(text)).split(",")} - {""}
        assert named <= EXTRAS.keys(), path


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel as pip lays it out: it stands before the checkout on the path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_every_module_and_every_yaml_and_no_test(installed):
    def names(root, pattern):
        return {path.relative_to(root).as_posix() for path in root.rglob(pattern)}

    assert names(installed / "lightning_contrast/conf", "*.yaml") == names(ROOT / "conf", "*.yaml")
    package = "lightning_contrast"
    plugin = f"plugin/{PLUGINS}"
    modules = {name for name in names(ROOT / package, "*.py") if not name.startswith(plugin)}
    assert names(installed / package, "*.py") == modules
    assert names(installed / PLUGINS, "*.py") == names(ROOT / package / plugin, "*.py")
    top = {path.name for path in installed.iterdir()}
    assert top == {package, PLUGINS, f"{package}-{PROJECT['version']}.dist-info"}


def test_the_wheel_works_in_an_empty_directory_with_a_config_dir_of_the_user(installed, tmp_path):
    own = tmp_path / "mine/loss"
    own.mkdir(parents=True)
    (own / "own.yaml").write_text("_target_: my_losses.Own\nscale: 3\n")
    script = (
        "import lightning_contrast, sys; print(lightning_contrast.__file__);"
        "from lightning_contrast.commands.cli import main; main(sys.argv[1:])"
    )
    command = ["train", "--config-dir", "mine", "loss=own", "loss.scale=4", "--cfg", "job"]
    done = subprocess.run(
        [sys.executable, "-c", script, *command],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))
    assert "  _target_: my_losses.Own\n  scale: 4\n" in done.stdout
