"""The rooms of the package: imports run down the table of its README.md, in no circle.

An import counts wherever it stands, in a function or for types alone too. ``_DUE`` lists what
breaks a rule today. An entry goes with the fault that it names: the tests fail until it does.
"""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import networkx
import pytest

from tests.choices import CONF
from tests.pages import ROOT

PACKAGE = ROOT / "lightning_contrast"
NAME = PACKAGE.name
FOR_ALL = ("errors", "types.py")  # every room may import these
BASE = re.compile(r"^class \w+\(.*\bgroup=", re.M)  # the base of a group of choices

_DUE: dict[str, set[str]] = {
    "circle": set(),
    "upwards": set(),
    "private": set(),
    "no choice": set(),
    "two meanings": set(),
}


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(file): file for file in sorted(PACKAGE.rglob("*.py"))}


def short(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0]


def imported(file: Path) -> set[Path]:
    """The files of the package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{short(file)}:{node.lineno}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:  # of `from module import name`, the module where the name is no file
            while name and name not in FILES:
                name = name.rpartition(".")[0]
            found |= {FILES[name]} if name else set()
    return found - {file}


@cache
def arrows() -> list[tuple[Path, Path]]:
    return [(file, other) for file in FILES.values() for other in imported(file)]


def rooms() -> dict[str, set[str]]:
    """The rooms that each room imports, beside those that all may."""
    found = defaultdict(set)
    for file, other in arrows():
        if room_of(other) not in (room_of(file), *FOR_ALL):
            found[room_of(file)].add(room_of(other))
    return found


def table() -> dict[str, set[str]]:
    """The table of rooms, from the top down: what each may import."""
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    text = text.partition("## The rooms")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)/?` \| .+ \| (.*) \|$", text, re.M)
    return {room: set(re.findall(r"`([\w.]+)/?`", names)) for room, names in rows}


def hold(rule: str, found: set[str]) -> None:
    assert sorted(found - _DUE[rule]) == [], f"a new breach of the rule ({rule})"
    assert sorted(_DUE[rule] - found) == [], f"gone: delete from _DUE[{rule!r}]"


def test_no_file_imports_itself_by_way_of_others():
    circles = networkx.strongly_connected_components(networkx.DiGraph(arrows()))
    hold("circle", {" ".join(sorted(map(short, each))) for each in circles if len(each) > 1})


def test_a_room_imports_only_rooms_below_it_in_the_table():
    order = list(table())
    above = {
        f"{room} -> {other}"
        for room, others in rooms().items()
        for other in others
        if order.index(other) < order.index(room)
    }
    hold("upwards", above)


@pytest.mark.parametrize("room", sorted({room_of(file) for file in FILES.values()}))
def test_the_table_says_which_rooms_a_room_imports(room):
    assert room in table(), f"lightning_contrast/README.md has no row for {room}"
    names = " ".join(f"`{name}`" for name in sorted(rooms()[room]))
    assert table()[room] == rooms()[room], f"write in the row of {room}: {names}"


def test_the_table_has_no_row_of_a_room_that_is_gone():
    assert table().keys() == {room_of(file) for file in FILES.values()}


def test_what_all_rooms_may_import_imports_nothing_of_the_package():
    assert not any(rooms()[name] for name in FOR_ALL)


def test_a_file_with_an_underscore_is_imported_by_its_own_folder_only():
    shared = {
        short(other)
        for file, other in arrows()
        if other.name.startswith("_") and other.name != "__init__.py"
        if room_of(other) != room_of(file)
    }
    hold("private", shared)


def test_the_root_of_the_package_holds_rooms_and_three_files():
    files = {path.name for path in PACKAGE.iterdir() if path.is_file() and path.suffix == ".py"}
    assert files == {"__init__.py", "batch.py", "types.py"}


def test_a_folder_that_is_a_choice_holds_its_base_its_choices_and_private_helpers():
    chosen = "".join(file.read_text(encoding="utf-8") for file in CONF.rglob("*.yaml"))
    bases = {file for file in FILES.values() if BASE.search(file.read_text(encoding="utf-8"))}
    folders = {file.parent for file in bases}
    assert {"losses", "samplers", "views"} <= {folder.name for folder in folders}
    others = {
        short(file)
        for name, file in FILES.items()
        if file.parent in folders and file not in bases and not file.name.startswith("_")
        if f"_target_: {name}." not in chosen
    }
    hold("no choice", others)


def test_a_class_name_has_one_meaning():
    """Choices may share the name of their method, such as a loss and the miner for it."""
    chosen = "".join(file.read_text(encoding="utf-8") for file in CONF.rglob("*.yaml"))
    meanings = defaultdict(set)
    for name, file in FILES.items():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                is_choice = f"_target_: {name}.{node.name}\n" in chosen
                meanings[node.name].add("a choice" if is_choice else short(file))
    hold("two meanings", {name for name, found in meanings.items() if len(found) > 1})
