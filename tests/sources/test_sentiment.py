"""Rated sentences: made files of the same format, and (slow) those that the script brings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lightning_contrast.config.construct import construct
from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.sources.sentiment import FILES, Sentiment
from tests.made_ratings import write_ratings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [
        "1_1\t2.5\tA joy.",
        "1_2\t-0.5\tDull at  times",
        "1_3\t0.45\tIt runs.",
        "2_1\t-3\t ",
        '2_2\t0.5\t"Good"\x85 she said',
    ]
    (tmp_path / FILES["amazon"]).write_bytes("\r\n".join(lines).encode())
    return tmp_path


def test_ratings_are_thresholded_and_what_is_left_out_is_counted(folder: Path) -> None:
    rows = Sentiment(path=str(folder), domain="amazon").load()
    assert rows.raw == ["A joy.", "Dull at  times", '"Good"\x85 she said']
    assert [rows.classes[n] for n in rows.label] == ["positive", "negative", "positive"]
    assert rows.counts == {"empty": 1, "neutral": 1}
    strict = Sentiment(path=str(folder), domain="amazon", threshold=2).load()
    assert strict.raw == ["A joy."]
    assert strict.counts == {"empty": 1, "neutral": 3}


def test_sentences_of_a_document_are_a_group(folder: Path) -> None:
    group = Sentiment(path=str(folder), domain="amazon").load().group
    assert group[0] == group[1] != group[2]


def test_a_document_stays_on_one_side_and_copies_are_dropped_and_counted(tmp_path: Path) -> None:
    write_ratings(tmp_path, documents=40)
    file = tmp_path / FILES["nyt"]
    first = file.read_text().split("\n")[0]
    file.write_text(file.read_text() + "\n" + first.replace("0_0", "77_0"))
    splits = prepare(Sentiment(path=str(tmp_path), domain="nyt"))
    assert splits.counts["duplicates"] == splits.counts["duplicates_dropped"] == 1
    side = np.full(len(splits.labelled.label), -1)
    for number, rows in enumerate((splits.train, splits.validation, splits.test)):
        side[rows] = number
    for document in np.unique(splits.labelled.group):
        own = side[splits.labelled.group == document]
        assert len(set(own[own >= 0].tolist())) <= 1


@pytest.mark.parametrize(
    ("line", "shown"), [("3\t0.1", "'3.t0.1'"), ("3\tgood\tA text", "'3.tgood.tA text'")]
)
def test_a_line_of_another_form_is_named(folder: Path, line: str, shown: str) -> None:
    with (folder / FILES["amazon"]).open("a") as file:
        file.write("\r\n" + line)
    with pytest.raises(InputError, match=f"amazonReview.*, line 6 must be .* got {shown}"):
        Sentiment(path=str(folder), domain="amazon").load()


def test_a_mistake_says_its_mend(folder: Path) -> None:
    with pytest.raises(InputError, match=r"tweets_.*txt is not there.*scripts/fetch_data sentimen"):
        Sentiment(path=str(folder), domain="tweets").load()
    config = {"_target_": "lightning_contrast.sources.sentiment.Sentiment", "domain": "books"}
    with pytest.raises(InputError, match="'movie' or 'amazon' or 'tweets' or 'nyt', got 'books'"):
        construct(config)


@pytest.mark.slow
def test_the_script_brings_the_real_sentences_once(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "lightning_contrast").symlink_to(ROOT / "lightning_contrast")
    command = [tmp_path / "scripts" / "fetch_data", "sentiment"]
    environment = os.environ | {"PYTHON": sys.executable}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "data" / "sentiment"
    assert done.stdout.strip().endswith(str(path))
    sizes = {d: len(Sentiment(path=str(path), domain=d).load().label) for d in FILES}
    assert sizes == {"movie": 10072, "amazon": 2985, "tweets": 3432, "nyt": 2970}
    offline = environment | {"PIP_NO_INDEX": "1"}
    again = subprocess.run(command, env=offline, capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (0, f"{path} is there already\n")
