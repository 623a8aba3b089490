"""``scripts/fetch_data`` where the network or the archive is not what it should be."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from PIL import Image

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
# A Python that is the real one but for `pip download`, which leaves $ARCHIVE or fails as pip does.
PYTHON = """\
#!/usr/bin/env bash
case "$*" in
  *" download "*)
    [ -n "$ARCHIVE" ] || { echo "ERROR: no answer"; exit 1; }
    while [ "$1" != --dest ]; do shift; done
    cp "$ARCHIVE" "$2/vaderSentiment-2.5.tar.gz" ;;
  *) exec "$REAL" "$@" ;;
esac
"""


@pytest.fixture
def fetch(tmp_path):
    (tmp_path / "scripts").mkdir()
    for name in ("fetch_data", "setup.sh"):
        shutil.copy(SCRIPTS / name, tmp_path / "scripts")
    shutil.copytree(SCRIPTS / "data_sets", tmp_path / "scripts" / "data_sets")
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)

    def run(*words, archive=""):
        environment = os.environ | {"PYTHON": str(python), "REAL": sys.executable}
        environment["ARCHIVE"] = str(archive)
        command = [tmp_path / "scripts" / "fetch_data", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run


def test_no_network_is_said_and_nothing_is_left(fetch, tmp_path):
    done = fetch("sentiment")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "ERROR: no answer",
        "vaderSentiment 2.5 could not be downloaded (pip says why above): check the network "
        "(or the proxy) and run again",
        f"error: {tmp_path}/data/sentiment was not made: its reason is above",
    ]
    assert not list((tmp_path / "data").iterdir())


def test_another_archive_is_refused_and_nothing_is_left(fetch, tmp_path):
    forged = tmp_path / "forged"
    forged.write_bytes(b"forged")
    done = fetch("sentiment", archive=forged)
    assert done.returncode == 1
    assert "vaderSentiment-2.5.tar.gz has another checksum than it should" in done.stderr
    assert not list((tmp_path / "data").iterdir())


@pytest.mark.parametrize("words", [[], ["weather"], ["sentiment", "again"]])
def test_what_to_fetch_must_be_named(fetch, words):
    done = fetch(*words)
    assert done.returncode == 1
    assert done.stderr.startswith("error: name the data to fetch: ")


def test_what_is_there_stays(fetch, tmp_path):
    (tmp_path / "data" / "sentiment").mkdir(parents=True)
    assert fetch("sentiment").stdout == f"{tmp_path / 'data' / 'sentiment'} is there already\n"


NPM = """\
#!{python}
import json, shutil, sys
from pathlib import Path

made, out = Path("{made}"), Path(sys.argv[sys.argv.index("--pack-destination") + 1])
names = [p.split("@")[-2] if p[0] != "@" else "fluent" for p in sys.argv[5:]]
if not made.is_dir():
    sys.exit("npm error code E404")
for name in names:
    shutil.copy(made / (name + ".tgz"), out)
print(json.dumps([{{"filename": name + ".tgz"}} for name in names]))
"""
CODES = [f"1f{number:03x}" for number in range(1100)]


def packed(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.fixture
def made_packages(tmp_path):
    """A registry with 1,100 emoji of a pixel; one has no picture by Twitter, one is a keycap."""
    made = tmp_path / "made"
    made.mkdir()
    pixel = io.BytesIO()
    Image.new("RGBA", (1, 1), (255, 0, 0, 128)).save(pixel, "PNG")
    listed = [
        {"unified": code.upper() + "-FE0F", "category": "Objects", "subcategory": "x"}
        for code in CODES
    ]
    listed[1]["subcategory"] = "keycap"
    for vendor, missing in (("google", ()), ("twitter", CODES[2:3])):
        files = {
            f"img/{vendor}/64/{c}-fe0f.png": pixel.getvalue() for c in CODES if c not in missing
        }
        packed(
            made / f"emoji-datasource-{vendor}.tgz",
            {"emoji.json": json.dumps(listed).encode(), **files},
        )
    packed(made / "fluent.tgz", {f"assets/{c}.webp": pixel.getvalue() for c in CODES})
    words = {
        chr(int(c, 16)): {"tts": [f"thing {c}"], "default": ["red", f"thing {c}"]} for c in CODES
    }
    for package, languages in (("full", ("en", "it")), ("derived-full", ("fr",))):
        packed(
            made / f"cldr-annotations-{package}.tgz",
            {
                f"annotations/{language}/annotations.json": json.dumps(
                    {"annotations": {"annotations": words}}
                ).encode()
                for language in languages
            },
        )
    return made


def test_emoji_that_all_vendors_have_come_with_their_words(
    fetch, tmp_path, made_packages, monkeypatch
):
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(NPM.format(python=sys.executable, made=made_packages))
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:{os.environ['PATH']}")
    done = fetch("emoji")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "data" / "emoji"
    rows = [json.loads(line) for line in (folder / "pictures.jsonl").read_text().splitlines()]
    assert len(rows) == 3 * 1099
    assert CODES[2] not in {row["concept"] for row in rows}
    assert rows[3] == {
        "image": f"google/{CODES[1]}.png",
        "captions": [f"thing {CODES[1]}"],
        "keywords": ["red"],
        "vendor": "google",
        "concept": CODES[1],
        "family": "keycap",
        "label": "Objects",
        "flag": "no",
    }
    with Image.open(folder / rows[0]["image"]) as picture:
        assert picture.size == (64, 64)
    names = [json.loads(line) for line in (folder / "names.jsonl").read_text().splitlines()]
    assert names[0]["names"] == dict.fromkeys(("en", "it", "fr"), f"thing {CODES[0]}")
    assert sorted(p.name for p in folder.parent.iterdir()) == ["emoji"]
    shutil.rmtree(made_packages)
    assert fetch("emoji").stdout == f"{folder} is there already\n"
    shutil.rmtree(folder)
    done = fetch("emoji")
    assert done.returncode == 1
    assert "npm could not fetch the packages (npm error code E404)" in done.stderr
    assert not list(folder.parent.iterdir())
