"""Registries that stand in for the real ones: clients that copy made archives from a folder."""

import hashlib
import io
import tarfile
from pathlib import Path

NPM = """\
#!/usr/bin/env bash
echo "$2" >>"$REGISTRY/calls"
[ ! -f "$REGISTRY/hang" ] || { touch "$REGISTRY/hangs"; exec sleep 20; }
name=${2#@}
name=${name//\\//-}
archive=$REGISTRY/${name/@/-}.tgz
[ -f "$archive" ] || { echo "npm error code ENOTFOUND" >&2; echo "npm error log" >&2; exit 1; }
while [ "$1" != --pack-destination ]; do shift; done
cp "$archive" "$2"
"""
APT = """\
#!/usr/bin/env bash
echo update >>"$REGISTRY/calls"
[ -d "$REGISTRY/lists" ] || { echo "W: old key"; echo "E: Failed to fetch it" >&2; exit 100; }
for word; do
  case $word in
    Dir::State::lists=*) cp "$REGISTRY"/lists/* "${word#*=}" ;;
    dict-* | *-dict) cp "$REGISTRY/$word.deb" . ;;
  esac
done
"""
DPKG = """\
#!/usr/bin/env bash
mkdir -p "$3"
tar -xf "$2" -C "$3"
"""


class Registry:
    """The folder, with the clients ``npm``, ``apt-get`` and ``dpkg-deb`` in ``bin``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir(parents=True)
        for name, text in (("npm", NPM), ("apt-get", APT), ("dpkg-deb", DPKG)):
            (folder / "bin" / name).write_text(text)
            (folder / "bin" / name).chmod(0o755)

    def put(self, package, files):
        """Puts an archive with these files in it; gives the package with its checksum."""
        name = f"{package.name.strip('@').replace('/', '-')}-{package.version}.tgz"
        with tarfile.open(self.folder / name, "w:gz") as archive:
            for path, content in files.items():
                member = tarfile.TarInfo(f"package/{path}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return package._replace(
            sha256=hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
        )

    @property
    def calls(self):
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []
