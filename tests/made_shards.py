"""Made WebDataset shards, for tests, written by the library itself."""

import json
from pathlib import Path

import numpy as np
import webdataset

from tests.made_captions import write_captions


def write_shards(folder: Path, rows: int = 40, shards: int = 4) -> str:
    """The pattern of tars with the pictures of ``made_captions``: ``jpg`` (a PNG, as Pillow does
    not mind), ``txt`` with two captions, ``json`` with the first, and ``cls``."""
    table = write_captions(folder / "pictures", rows)
    lines = [json.loads(line) for line in table.read_text().splitlines()]
    for number, part in enumerate(np.array_split(np.arange(rows), shards)):
        with webdataset.TarWriter(str(folder / f"made-{number:03}.tar")) as shard:
            for row in part.tolist():
                known = lines[row]
                sample = {"jpg": (table.parent / known["image"]).read_bytes()}
                sample |= {"txt": "\n".join(known["caption"]), "json": {"meta": known}}
                shard.write({"__key__": f"{row:04}", "cls": known["label"], **sample})
    return f"{folder}/made-{{000..{shards - 1:03}}}.tar"
