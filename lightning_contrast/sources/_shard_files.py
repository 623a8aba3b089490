"""Shards as files: those of a command are brought when they are read; and the pictures in them."""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.files.shards import Member, read, samples
from lightning_contrast.rows.content import digest
from lightning_contrast.runtime.atomic import replacing
from lightning_contrast.runtime.lock import in_turn

PIPE = "pipe:"


class LocalShards:
    """The shards of these names, each as a file that can be read at any place.

    The output of a command (``pipe:COMMAND``) is written to ``cache`` where it is not there, by one
    process at a time. At most ``most`` such files stay there (None: all of them), without the
    oldest ones, which their commands bring again. So shards may be larger than the disk.

    Raises ``InputError`` for a command that fails, whose output is no whole tar, or that brings
    another size than before: such output is not kept, and the command runs again the next time.
    """

    def __init__(self, names: Sequence[str], cache: Path, most: int | None = None) -> None:
        self.names, self.cache, self.most = list(names), cache, most
        self.paths = [
            cache / f"{digest(name.encode()):016x}.tar" if self.piped(name) else Path(name)
            for name in names
        ]
        self.paths = [path.expanduser() for path in self.paths]
        self.sizes: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.names)

    @staticmethod
    def piped(name: str) -> bool:
        return name.startswith(PIPE)

    def open(self, number: int) -> BinaryIO:
        """A shard, open: who reads it keeps it, also where another process makes room."""
        path = self.paths[number]
        if not self.piped(self.names[number]):
            return path.open("rb")
        try:
            return self._checked(number, path.open("rb"))
        except FileNotFoundError:
            with in_turn(self.cache):
                if not path.is_file():
                    self._make_room()
                    self._bring(self.names[number], path)
                return self._checked(number, path.open("rb"))

    def samples(self, number: int, shard: BinaryIO) -> Iterator[tuple[str, dict[str, Member]]]:
        """The samples of a shard that is open."""
        path, name = self.paths[number], self.names[number]
        if not self.piped(name):
            return samples(shard, str(path))
        where = f"{path}, the output of {name!r},"
        return samples(shard, where, "delete the file, and the command runs again")

    def content(self, number: int, member: Member) -> bytes:
        """The bytes of a member of a shard."""
        with self.open(number) as file:
            return read(file, member)

    def _make_room(self) -> None:
        if self.most is not None:
            own = zip(self.paths, self.names, strict=True)
            here = {path for path, name in own if self.piped(name) and path.is_file()}
            old = sorted(here, key=lambda path: path.stat().st_mtime_ns)
            for path in old[: max(0, len(old) - self.most + 1)]:
                path.unlink()

    @staticmethod
    def _bring(name: str, path: Path) -> None:
        with replacing(path) as file:
            status = subprocess.run(name.removeprefix(PIPE), shell=True, stdout=file).returncode
            if status:
                raise InputError(
                    f"source.path: {name!r} failed (exit status {status}): try the command by hand"
                )
            with open(file.name, "rb") as made:  # a command may be cut off and not say so
                for _ in samples(made, f"source.path: the output of {name!r}", "mend the command"):
                    pass

    def _checked(self, number: int, file: BinaryIO) -> BinaryIO:
        size = file.seek(0, 2)
        file.seek(0)
        if (before := self.sizes.setdefault(number, size)) != size:
            file.close()
            raise InputError(
                f"source.path: {self.names[number]!r} brought {before:,} bytes, and now {size:,}: "
                "its shard must stay what it is while a run reads it"
            )
        return file


class ShardFiles:
    """Image files inside shards, as bytes that are read on demand, from any process.

    ``shard (N,)``: number of the shard of each; ``members``: where it stands there; ``names``: of
    the samples.
    """

    def __init__(
        self,
        shards: LocalShards,
        shard: Sequence[int],
        members: Sequence[Member],
        names: Sequence[str],
    ) -> None:
        self.shards, self.shard = shards, np.array(shard, dtype=np.int32)
        self.names = list(names)
        self.place = np.array(members, dtype=np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.shard)

    def __getitem__(self, row: int) -> bytes:
        return self.shards.content(int(self.shard[row]), Member(*self.place[row].tolist()))

    def named(self, row: int) -> str:
        """Shard and sample of a file, ``photos-00000.tar/KEY``."""
        return f"{self.shards.paths[self.shard[row]].name}/{self.names[row]}"

    def kept(self, rows: np.ndarray) -> "ShardFiles":
        """These files alone."""
        names = [self.names[row] for row in rows]
        return ShardFiles(self.shards, self.shard[rows].tolist(), self.place[rows].tolist(), names)
