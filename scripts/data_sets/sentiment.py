"""Sentences of four domains, rated by people (Hutto and Gilbert, ICWSM 2014)."""

import io
import sys
import tarfile
from pathlib import Path

from ._download import Files, bring, check

SHA256 = "b960c954831f5ca58afee61780cc04ed48e551b91e783bfcbfb2c18bb8081a84"
INNER = "vaderSentiment-2.5/additional_resources/hutto_ICWSM_2014.tar.gz"


def write(folder: Path, downloads: Path) -> str:
    # Only the source distribution carries the rated sentences.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    words = ["--no-deps", "--no-binary", "vaderSentiment", "--dest", str(downloads)]
    bring("vaderSentiment 2.5 (1 MB)", [*pip, *words, "vaderSentiment==2.5"])
    archive = downloads / "vaderSentiment-2.5.tar.gz"
    check(archive, SHA256)
    with tarfile.open(fileobj=io.BytesIO(Files(archive, INNER)[INNER])) as members:
        for member in members:
            name = Path(member.name).name
            file = members.extractfile(member)
            if file and (name.endswith("_GroundTruth.txt") or name == "_README_.txt"):
                (folder / name).write_bytes(file.read())
    return "Sentences of four domains, rated by people (Hutto and Gilbert, 2014)"
