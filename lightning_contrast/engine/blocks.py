"""How the anchors are cut into blocks."""

import torch

TILE = 2**17  # similarities in one block: the tile and its few companions stay near the cache
GPU_TILE = 2**25  # there each block is a dozen launches, which take as long for a small one
FEWEST = 64  # rows a block: below that the matrix products are slow


def tile_size(compiled: bool, half: bool, device: torch.device) -> int:
    """Similarities of a block; ``half``: the loss needs twice the memory of others.

    >>> [tile_size(True, half, torch.device("cpu")) / TILE for half in (False, True)]
    [8.0, 4.0]
    """
    if device.type != "cpu":
        return GPU_TILE
    return TILE * ((4 if half else 8) if compiled else 1)


def cut_rows(anchors: int, rows: int) -> list[slice]:
    """Blocks of at most ``rows`` anchors, of one size where that can be: only the first size is
    compiled.

    >>> cut_rows(10, 4)
    [slice(0, 4, None), slice(4, 8, None), slice(8, 12, None)]
    """
    count = -(-anchors // rows)
    rows = -(-anchors // max(count, 1))
    return [slice(start, start + rows) for start in range(0, anchors, max(rows, 1))]


def keep_freed_tiles() -> None:
    """Lets glibc keep what a block frees, up to 48 MB, for the next block.

    It gives back what is free at the end of its heap above twice the largest piece it ever gave
    back: each block would fault its pages in anew, which takes up to a third of its time.
    """
    torch.empty(24 * 2**20, dtype=torch.uint8)
