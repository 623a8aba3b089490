"""WebDataset shards: tar files whose members of one name, up to its first dot, are a sample."""

import tarfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.errors import InputError, missing_extra

MOST = 1_000_000  # shards that a pattern may name


class Member(NamedTuple):
    """Where the content of a member stands in its shard, in bytes."""

    start: int
    size: int


MAGIC = Member(257, 5)  # of a tar file: ustar


def expanded(pattern: str) -> list[str]:
    """The shards that a pattern with braces names; ``::`` stands between several patterns.

    >>> expanded("a-{00..02}.tar::b.tar")
    ['a-00.tar', 'a-01.tar', 'a-02.tar', 'b.tar']
    """
    try:
        from braceexpand import braceexpand
    except ImportError as error:
        raise missing_extra("webdataset", "shards") from error
    names = (name for part in pattern.split("::") for name in braceexpand(part))
    found = list(islice(names, MOST + 1))
    if len(found) > MOST:
        raise InputError(f"source.path names more than {MOST:,} shards: give a smaller pattern")
    return found


def samples(shard: Path) -> Iterator[tuple[str, dict[str, Member]]]:
    """The samples of a shard in order: the name of each, and its members by their endings.

    Raises ``InputError`` for a file that is no tar, and, after the samples before it, where the
    file is cut off.
    """
    from webdataset.tariterators import base_plus_ext

    name, members = "", dict[str, Member]()
    done = 0
    try:
        with tarfile.open(shard, "r:") as archive:
            for member in archive:
                own, ending = base_plus_ext(member.name)
                if not member.isfile() or own is None:
                    continue
                if own != name and members:
                    done += 1
                    yield name, members
                    members = {}
                name, members[ending.lower()] = own, Member(member.offset_data, member.size)
            file: Any = archive.fileobj
            file.seek(archive.offset)
            if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # what ends every tar
                raise tarfile.ReadError("its end is missing")
    except (tarfile.TarError, OSError) as error:
        if not done and not members and content(shard, MAGIC) != b"ustar":
            raise InputError(
                f"{shard} is no tar file, or it is packed: unpack it (gunzip), or leave it out"
            ) from error
        raise InputError(
            f"{shard} is cut off or damaged after {done} samples ({error}): copy it anew"
        ) from error
    if members:
        yield name, members


class ShardFiles:
    """Image files inside shards, as bytes that are read on demand, from any process.

    ``shard (N,)``: number of the shard of each; ``members``: where it stands there; ``names``: of
    the samples.
    """

    def __init__(
        self,
        shards: Sequence[Path],
        shard: Sequence[int],
        members: Sequence[Member],
        names: Sequence[str],
    ) -> None:
        self.shards, self.shard = list(shards), np.array(shard, dtype=np.int32)
        self.names = list(names)
        self.place = np.array(members, dtype=np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.shard)

    def __getitem__(self, row: int) -> bytes:
        return content(self.shards[self.shard[row]], Member(*self.place[row].tolist()))

    def named(self, row: int) -> str:
        """Shard and sample of a file, ``photos-00000.tar/KEY``."""
        return f"{self.shards[self.shard[row]].name}/{self.names[row]}"

    def kept(self, rows: np.ndarray) -> "ShardFiles":
        """These files alone."""
        names = [self.names[row] for row in rows]
        return ShardFiles(self.shards, self.shard[rows].tolist(), self.place[rows].tolist(), names)


def content(shard: Path, member: Member) -> bytes:
    """The bytes of a member."""
    with shard.open("rb") as file:
        file.seek(member.start)
        return file.read(member.size)
