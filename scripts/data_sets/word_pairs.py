"""Pairs of English words, rated by people: SimLex-999 (Hill et al. 2015) and WordSim-353."""

import hashlib
import json
import sys
from pathlib import Path
from zipfile import ZipFile

from ._download import bring, check

SHA256 = "91a7fa5e814e7b1bad4b2dffa8d62c1e55410d5cbdf930714c1997ffb4404db8"
WHEEL = "gensim-4.4.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl"
FILES = {"simlex": "simlex999.txt", "wordsim": "wordsim353.tsv"}
SIDES = ["train"] * 5 + ["validation"] * 2 + ["test"] * 3


def write(folder: Path, downloads: Path) -> str:
    # The wheel carries the ratings as data of its tests; on each machine it is the same one.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    words = ["--no-deps", "--only-binary", ":all:", "--dest", str(downloads)]
    words += ["--python-version", "311", "--platform", "manylinux_2_28_x86_64"]
    bring("gensim 4.4.0 (28 MB)", [*pip, *words, "gensim==4.4.0"])
    check(downloads / WHEEL, SHA256)
    with ZipFile(downloads / WHEEL) as archive:
        for name, file in FILES.items():
            text = archive.read(f"gensim/test/test_data/{file}").decode("utf-8")
            lines = [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]
            rows = [json.dumps(pair(*line[:3])) for line in lines]
            (folder / f"{name}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return "Pairs of English words with the similarity that people gave them, 0 to 10"


def pair(text: str, other: str, score: str) -> dict[str, str | float]:
    """A row; its side goes by a hash of the two words, as nearly all pairs share words."""
    number = hashlib.sha256(f"{text} {other}".encode()).digest()[0] % len(SIDES)
    return {"text": text, "pair": other, "score": float(score), "side": SIDES[number]}
