"""Paths that a person gives."""

import os
import threading
from pathlib import Path

import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.files.lines import text_lines
from lightning_contrast.files.paths import existing


@pytest.mark.parametrize("address", ["https://example.org/a.csv", "s3://bucket/a.csv"])
def test_an_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(InputError) as error:
        existing(address, "source.path")
    assert str(error.value) == (
        f"source.path must be a path, and {address} is an address: download it, and give the path "
        "of the file"
    )


@pytest.mark.parametrize("path", ["x" * 5000, "a\0b"])
def test_what_can_be_no_path_is_one_line(path: str) -> None:
    with pytest.raises(InputError, match=r"source\.path"):
        existing(path, "source.path")


def test_a_link_that_leads_to_itself_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(InputError, match=r"a\.csv does not exist; .* holds a\.csv, b\.csv"):
        existing(tmp_path / "a.csv", "source.path")


def test_a_pipe_with_a_name_is_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("a\nb\n",))
    writer.start()
    assert list(text_lines(existing(tmp_path / "pipe", "input"), "utf-8")) == ["a\n", "b\n"]
    writer.join()
