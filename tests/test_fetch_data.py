"""``scripts/fetch_data`` where the network or the archive is not what it should be."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.registry import Registry

ROOT = Path(__file__).resolve().parents[1]
# pip, which leaves $ARCHIVE or fails as the real one does.
PIP = """\
import os, shutil, sys
if not os.environ["ARCHIVE"]:
    sys.exit("ERROR: no answer")
folder = sys.argv[sys.argv.index("--dest") + 1]
shutil.copy(os.environ["ARCHIVE"], f"{folder}/vaderSentiment-2.5.tar.gz")
"""


@pytest.fixture
def start(tmp_path):
    """Starts a copy of the script, with ``bin/npm`` and pip of our own."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "lightning_contrast").symlink_to(ROOT / "lightning_contrast")
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "pip.py").write_text(PIP)

    def run(*words, archive=""):
        environment = os.environ | {
            "PYTHON": sys.executable,
            "PYTHONPATH": str(tmp_path / "modules"),
            "ARCHIVE": str(archive),
            "REGISTRY": str(tmp_path / "registry"),
            "PATH": f"{tmp_path / 'registry' / 'bin'}:{os.environ['PATH']}",
        }
        command = [tmp_path / "scripts" / "fetch_data", *words]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return run


@pytest.fixture
def fetch(start):
    def run(*words, archive=""):
        process = start(*words, archive=archive)
        out, error = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, out, error)

    return run


def test_no_network_is_said_and_nothing_is_left(fetch, tmp_path):
    done = fetch("sentiment")
    assert done.returncode == 1
    assert done.stdout == "downloading vaderSentiment 2.5 (1 MB)\n"
    assert done.stderr == (
        "error: vaderSentiment 2.5 (1 MB) could not be downloaded (ERROR: no answer): check the "
        "network (or the proxy) and run again\n"
    )
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


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_no_half(start, tmp_path, sent):
    registry = Registry(tmp_path / "registry")
    (registry.folder / "hang").touch()
    process = start("emoji")
    while not (registry.folder / "hangs").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(sent)
    error = process.communicate()[1]
    left = [path.name for path in (tmp_path / "data").iterdir()]
    if sent == signal.SIGKILL:
        assert len(left) == 1 and left[0].startswith("partial.")
    else:
        assert (process.returncode, left) == (1, [])
        assert error.startswith("error: stopped: ")
