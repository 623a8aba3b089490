"""A file appears when it is whole."""

import os

import pytest

from lightning_contrast.commands import embed, predict, search
from lightning_contrast.errors import InputError
from lightning_contrast.inference.output import check_output, partial, whole_file
from tests.inference.commands import called


def written(path, error=None, text="a line\n"):
    with whole_file(path) as file:
        file.write(text)
        if error:
            raise error
    return path


def test_it_has_its_name_at_the_end_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole_file(path) as file:
        file.write("new\r\n")
        assert path.read_text() == "old"
    assert path.read_bytes() == b"new\r\n" and not partial(path).exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError()])
def test_stopped_by_ctrl_c_or_a_fault_what_was_written_stays(error, tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(type(error)):
        written(path, error)
    assert partial(path).read_text() == "a line\n" and not path.exists()


def test_after_a_mistake_of_the_user_nothing_stays(tmp_path):
    with pytest.raises(InputError, match="bad row"):
        written(tmp_path / "a.txt", InputError("bad row"))
    with pytest.raises(KeyboardInterrupt):
        written(tmp_path / "a.txt", KeyboardInterrupt(), text="")
    assert not list(tmp_path.iterdir())


def test_on_a_full_disk_it_says_where_what_was_written_is(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(InputError, match=r"No space left .* what was written is in .*partial"):
        written(path, OSError(28, "No space left on device"))
    assert partial(path).read_text() == "a line\n"


def test_names_of_files_that_are_no_utf_8_are_written_as_they_are(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    assert written(tmp_path / "a.txt", text=name).read_bytes() == b"caf\xe9.png"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.xml", r"must end in \.csv or \.tsv: name it a\.csv"),
        ("a", r"must end in \.csv or \.tsv"),
        (".", "is a folder: name a file in it"),
        ("none/a.csv", "there is no folder"),
    ],
)
def test_an_output_that_cannot_be_made_is_named_before_anything_is_done(name, said, tmp_path):
    with pytest.raises(InputError, match=said):
        check_output(tmp_path / name, [".csv", ".tsv"])
    with pytest.raises(InputError, match=r"output - must end in"):
        check_output("-", [".csv"])
    check_output("-", [".csv"], stdout=True)
    check_output(tmp_path / "a.CSV", [".csv"])


@pytest.mark.parametrize("command", [predict, embed, search], ids=lambda c: c.__name__[27:])
def test_no_command_writes_over_its_own_input(command, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = {predict: "rows.csv", embed: "rows.parquet", search: "rows.jsonl"}[command]
    (tmp_path / name).write_text("text\na row\n")
    (tmp_path / f"link{name[4:]}").symlink_to(name)
    words = [f"input={name}", f"output=./link{name[4:]}", "checkpoint=none.ckpt"]
    assert called(command.main, *words) == 2
    assert "is the input itself, which would be lost" in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "text\na row\n"
