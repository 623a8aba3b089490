"""Every test of the project is found."""

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
