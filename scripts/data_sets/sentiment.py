"""Sentences of four domains, rated by people (Hutto and Gilbert, 2014): python sentiment.py FOLDER.

Only the source distribution of vaderSentiment carries them.
"""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from npm import content_of

CHECKSUM = "b960c954831f5ca58afee61780cc04ed48e551b91e783bfcbfb2c18bb8081a84"


def main(folder: Path) -> None:
    command = [
        os.environ.get("PYTHON", sys.executable),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "download",
        "--quiet",
    ]
    command += ["--no-deps", "--no-binary", "vaderSentiment", "--dest", str(folder)]
    if subprocess.run([*command, "vaderSentiment==2.5"], stdout=sys.stderr).returncode:
        sys.exit(
            "vaderSentiment 2.5 could not be downloaded (pip says why above): check the network "
            "(or the proxy) and run again"
        )
    archive = folder / "vaderSentiment-2.5.tar.gz"
    if hashlib.sha256(archive.read_bytes()).hexdigest() != CHECKSUM:
        sys.exit(f"{archive.name} has another checksum than it should")
    with tarfile.open(archive) as outer:
        place = "vaderSentiment-2.5/additional_resources/hutto_ICWSM_2014.tar.gz"
        inner = io.BytesIO(content_of(outer, place))
        with tarfile.open(fileobj=inner) as files:
            (folder / "sentiment").mkdir()
            for member in files:
                name = Path(member.name).name
                if name.endswith("_GroundTruth.txt") or name == "_README_.txt":
                    (folder / "sentiment" / name).write_bytes(content_of(files, member))
    print("Sentences of four domains, rated by people (Hutto and Gilbert, 2014)")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
