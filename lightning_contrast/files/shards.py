"""WebDataset shards: tar files whose members of one name, up to its first dot, are a sample."""

import tarfile
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from lightning_contrast.errors import InputError, missing_extra

MOST = 1_000_000  # shards that a pattern may name


class Member(NamedTuple):
    """Where the content of a member stands in its shard, in bytes."""

    start: int
    size: int


MAGIC = 257, b"ustar"  # where it stands in a tar file, and what


def expanded(pattern: str) -> list[str]:
    """The shards that a pattern with braces names; ``::`` stands between several patterns.

    Raises ``InputError`` for a brace without its other half, and for too many shards.

    >>> expanded("a-{00..02}.tar::b.tar")
    ['a-00.tar', 'a-01.tar', 'a-02.tar', 'b.tar']
    """
    try:
        from braceexpand import braceexpand
    except ImportError as error:
        raise missing_extra("webdataset", "shards") from error
    names = (name for part in pattern.split("::") for name in braceexpand(part))
    try:
        found = list(islice(names, MOST + 1))
    except ValueError as error:
        raise InputError(
            f"source.path: a brace of {pattern!r} lacks its other half: complete it, {{00..09}}, "
            r"or write \{ or \} for one that is part of a name"
        ) from error
    if len(found) > MOST:
        raise InputError(f"source.path names more than {MOST:,} shards: give a smaller pattern")
    return found


def samples(
    shard: BinaryIO, where: str, mend: str = "copy it anew"
) -> Iterator[tuple[str, dict[str, Member]]]:
    """The samples of a shard in order: the name of each, and its members by their endings;
    ``where`` is the name of the shard, and ``mend`` what helps where it is cut off.

    Raises ``InputError`` for a file that is no tar, and, after the samples before it, where the
    file is cut off.
    """
    from webdataset.tariterators import base_plus_ext

    name, members = "", dict[str, Member]()
    done = 0
    try:
        with tarfile.open(fileobj=shard, mode="r:") as archive:
            for member in archive:
                own, ending = base_plus_ext(member.name)
                if not member.isfile() or own is None:
                    continue
                if own != name and members:
                    done += 1
                    yield name, members
                    members = {}
                name, members[ending.lower()] = own, Member(member.offset_data, member.size)
            shard.seek(archive.offset)
            if shard.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # what ends every tar
                raise tarfile.ReadError("its end is missing")
    except (tarfile.TarError, OSError) as error:
        shard.seek(MAGIC[0])
        if not done and not members and shard.read(len(MAGIC[1])) != MAGIC[1]:
            raise InputError(
                f"{where} is no tar file, or it is packed: unpack it (gunzip), or leave it out"
            ) from error
        raise InputError(
            f"{where} is cut off or damaged after {done} samples ({error}): {mend}"
        ) from error
    if members:
        yield name, members


def read(shard: BinaryIO, member: Member) -> bytes:
    """The bytes of a member of an open shard."""
    shard.seek(member.start)
    return shard.read(member.size)
