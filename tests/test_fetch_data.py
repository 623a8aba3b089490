"""``scripts/fetch_data`` where the network or the archive is not what it should be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
        "error: vaderSentiment 2.5 could not be downloaded (pip says why above): check the network "
        "(or the proxy) and run again",
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
