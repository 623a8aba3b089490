"""Pictures with captions in WebDataset shards."""

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Literal

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.files.columns import inner, outermost
from lightning_contrast.files.decoding import MAX_PIXELS, image_suffixes
from lightning_contrast.files.examine import examine
from lightning_contrast.files.images import ImageFiles
from lightning_contrast.files.paths import existing
from lightning_contrast.files.shards import Member, expanded, read
from lightning_contrast.rows.content import digest
from lightning_contrast.rows.labels import MISSING, label_name
from lightning_contrast.rows.split_names import UNDECIDED
from lightning_contrast.sources._captions import (
    CaptionedRow,
    name_of,
    texts_of,
    usable,
    wrong_captions,
)
from lightning_contrast.sources._shard_files import LocalShards, ShardFiles
from lightning_contrast.sources._with_captions import Captioned, with_captions
from lightning_contrast.sources.source import MaxPixels, Source
from lightning_contrast.types import Labelled

ALLOWED = "LIGHTNING_CONTRAST_PIPES"


@dataclass
class Shards(Source):
    """Pictures with captions in WebDataset tars, ``photos-{00000..01023}.tar``.

    A sample is the members of one name: a picture (``KEY.jpg``) and its captions (``KEY.txt``, one
    in each line). ``caption_fields``, ``label_field``, ``identity_field``: endings, or with a dot a
    value inside one of JSON (``json.caption``). Headers and captions are read once; a picture is
    read at its place in its shard when a batch asks for it. So rows, ranks, workers and resumed
    runs are those of every other source. ``examine``: each picture is decoded once before training,
    which finds broken ones and duplicates; without it a broken one ends the run where it is met.

    ``pipe:COMMAND``: the output of a command is a shard; it is kept in ``cache``, and read there by
    all processes of the machine. With ``cache_shards`` only so many are kept, and a command runs
    again where a batch asks for a picture of another one: the data may be larger than the disk, and
    ``sampler=chunks`` brings each shard once an epoch. As that runs a command, it must be allowed
    in the environment, LIGHTNING_CONTRAST_PIPES=1. The other arguments are those of
    ``CaptionedImages``.

    Raises ``InputError`` for a shard that is missing or cut off, and for a sample that lacks
    picture or caption, or has a text that is not UTF-8; ``skip_bad_rows`` leaves out such samples,
    and with a warning what a shard lost: of a pipe that is cut off or fails, all of its output.

    Source: Aizman et al. 2019, arXiv:2001.01858 (the format).

    >>> Shards("photos-{000..002}.tar").caption_fields
    ('txt',)
    """

    path: str
    caption_fields: Sequence[str] = ("txt",)
    identity_field: str | None = None
    label_field: str | None = None
    examine: bool = True
    cache: str = "data/shards"
    cache_shards: Count | None = None
    size: Count = 64
    channels: Literal[1, 3] = 3
    max_pixels: MaxPixels = MAX_PIXELS
    missing: Sequence[str] = MISSING
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "mixed"

    def check_files(self) -> None:
        names = expanded(self.path)
        told = "source.path"
        if len(names) > 1 and any(map(LocalShards.piped, names)):
            told += " (:: stands between shards: put a command that holds it into a script)"
        for name in names:
            if not LocalShards.piped(name):
                existing(Path(name).expanduser(), told)
            elif not os.environ.get(ALLOWED):
                raise InputError(
                    f"source.path: {name!r} would run a command of this machine: allow it by the "
                    f"environment, {ALLOWED}=1, or copy the shards and give their paths"
                )

    def check_sent(self) -> None:
        for name in expanded(self.path):
            if LocalShards.piped(name):
                raise InputError(
                    f"the checkpoint names {name!r} as its source, which would run a command of "
                    "this machine: set source=shards source.path=SHARDS, if you trust it"
                )

    def load(self) -> Labelled:
        self.check_files()
        cache = Path(self.cache).expanduser()
        shards = LocalShards(expanded(self.path), cache, self.cache_shards)
        found = usable(self._rows(shards), self.skip_bad_rows, f"source.path: {self.path}")
        files = ShardFiles(shards, *zip(*found.files, strict=True))
        if self.examine:
            keep, prints = examine(files, self.skip_bad_rows, found.names, (), self.max_pixels)
            files = files.kept(keep)
        else:
            keep = np.arange(len(files))
            prints = np.array([digest(name.encode()) for name in found.names], dtype=np.uint64)
        images = ImageFiles(files, self.size, self.channels, prints, self.max_pixels)
        counts = {"shards": len(shards), "skipped": found.skipped + len(found.files) - len(keep)}
        return with_captions(images, [found.pictures[row] for row in keep], counts)

    def _rows(self, shards: LocalShards) -> Iterator[CaptionedRow]:
        endings = {suffix[1:] for suffix in image_suffixes()}
        for number, path in enumerate(shards.paths):
            try:
                with shards.open(number) as shard:
                    for name, members in shards.samples(number, shard):
                        where = f"sample {name} of {path.name}"
                        picture = next((m for end, m in members.items() if end in endings), None)
                        try:
                            known = self._known(shard, members, picture, where)
                        except UnicodeDecodeError as error:
                            at = f"{error.reason} at byte {error.start}"
                            known = f"{where} has a text that is not UTF-8 ({at})"
                        yield CaptionedRow((number, picture, name), where, known)
            except InputError as error:
                if not self.skip_bad_rows:
                    raise InputError(
                        f"{error}, or set source.skip_bad_rows=true to do without what it lost"
                    ) from error
                warnings.warn(f"{error}. Left out: what it lost", stacklevel=2)
                yield CaptionedRow(None, path.name, str(error))

    def _known(
        self, shard: BinaryIO, members: Mapping[str, Member], picture: Member | None, where: str
    ) -> Captioned | str:
        if picture is None:
            return f"{where} has no picture among its members ({', '.join(members)})"

        def value(field: str) -> Any:
            ending = outermost(field, list(members))
            if ending not in members:
                return None
            text = read(shard, members[ending]).decode()
            if ending.rpartition(".")[2] != "json":
                return text
            try:
                return inner(json.loads(text), field, ending)
            except ValueError:
                return None

        told = [value(field) for field in self.caption_fields]
        split = (cell.splitlines() if isinstance(cell, str) else cell for cell in told)
        captions = [text for cell in split for text in texts_of(cell) if text != ""]
        if wrong := wrong_captions(captions, where, self.caption_fields, self.missing):
            return wrong
        label = None
        if self.label_field is not None:
            label = label_name(value(self.label_field), where, self.label_field, self.missing)
        identity = None if self.identity_field is None else name_of(value(self.identity_field))
        return Captioned(captions, UNDECIDED, identity, None, label)
