"""Every test of the project is found."""

import subprocess
from fnmatch import fnmatch

from tests.pages import ROOT


def test_pytest_passes_over_no_folder_of_the_package_or_the_tests(request) -> None:
    passed_over = request.config.getini("norecursedirs")
    folders = {
        folder
        for file in ROOT.glob("*/**/*.py")
        if file.relative_to(ROOT).parts[0] in ("lightning_contrast", "tests")
        for folder in file.relative_to(ROOT).parts[:-1]
    }
    assert folders >= {"build", "engine"}
    assert not [name for name in folders if any(fnmatch(name, p) for p in passed_over)]


def test_nothing_lies_at_the_top_but_what_belongs_there() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    names = tracked.stdout.splitlines() or [file.name for file in ROOT.iterdir()]
    found = {file.partition("/")[0] for file in names if not file.startswith(".")}
    files = {"CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "README.md"}
    files |= {"constraints.txt", "pyproject.toml"}
    assert found == files | {"conf", "experiments", "lightning_contrast", "scripts", "tests"}
