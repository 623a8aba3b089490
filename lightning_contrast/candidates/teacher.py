"""Frozen keys of a teacher."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from lightning_contrast.batch import NO_SLOT, Batch, normalized
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.store import Joined, Store
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows


class Teacher(Store):
    """The vectors that another network gives the training rows, computed once and never changed.

    A row is looked up by its index, so all views of it, and its pair (``positives=paired``), have
    the key of the plain row. With ``as_candidates`` the keys take the place of the batch's rows:
    anchors are scored against what the teacher makes of them, and with ``[teacher,queue]`` against
    its keys of past batches too. Without, the batch's rows stay, and the teacher only tells its own
    similarity of each pair to a loss that ``needs_teacher``: then it may have any width.

    The keys are kept in ``folder`` under hashes of the teacher and of each row's content, and are
    no part of a checkpoint. Memory: a vector for each training row, on the device.

    Args:
        model: a checkpoint of this package (``.ckpt``), or a pretrained model: a folder,
            an installed package with weights, or a name on the hub.
        embedding_size: width of an embedding of the student.
        as_candidates: the candidates are the keys; else the batch's rows.
        mapped: a linear map of the keys to the student's width is learnt with the student, so that
            the teacher may have any width. The teacher's own similarities stay those of its keys.
        space: of a checkpoint, its ``embedding`` or the ``features`` before the projector.
        pooling: of a pretrained model: mean, cls or max.
        words: of a pretrained model: keys also hold the mean of the word vectors.
        max_length: of a pretrained model: tokens that it reads of a row.
        folder: where keys are kept; ``None``: nowhere.
        trust: packages of your own that the checkpoint may import.

    Raises:
        InputError: a checkpoint that is not there; candidates beside it that bring the batch's rows
            once more; keys of another width than the embedding's.

    Source: keys as candidates: Tian et al. 2020 (arXiv 1910.10699), Fang et al. 2021 (arXiv
    2101.04731).

    >>> teacher = Teacher("any", embedding_size=2)
    >>> teacher.hold(torch.tensor([[3.0, 4.0], [0.0, 2.0]]), torch.tensor([7, 5]))
    >>> teacher.taught(Rows(torch.eye(2), *torch.tensor([[0, 0], [5, 7], [0, 0], [0, 0]]))).tolist()
    [[0.0, 1.0], [0.6000..., 0.8000...]]
    """

    teaches = True
    encodes_samples = True

    def __init__(
        self,
        model: str,
        embedding_size: Count,
        as_candidates: bool = True,
        mapped: bool = False,
        space: Literal["embedding", "features"] = "embedding",
        pooling: Literal["mean", "cls", "max"] = "mean",
        words: bool = False,
        max_length: Count = 256,
        folder: str | None = None,
        trust: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.model, self.embedding_size, self.as_candidates = model, embedding_size, as_candidates
        self.mapped = mapped
        self.map: nn.Module = nn.Identity()
        self.space, self.pooling, self.words, self.max_length = space, pooling, words, max_length
        self.folder, self.trust = folder, trust
        self.holds_positives = as_candidates
        # No buffers: these would stand in checkpoints, and DDP would send them out at every step.
        self.key, self.place = torch.empty(0), torch.empty(0)
        self.of_any_length = not as_candidates

    @property
    def is_checkpoint(self) -> bool:
        """Whether the teacher is a checkpoint of this package, not a pretrained model."""
        return Path(self.model).suffix == ".ckpt" or Path(self.model).is_file()

    def check(self, run: Run) -> None:
        super().check(run)
        if self.is_checkpoint and not Path(self.model).is_file():
            raise InputError(
                f"candidates.teacher.model: no checkpoint at {self.model}: give the path of a "
                ".ckpt file, as runs/.../checkpoints/best.ckpt, or the name of a pretrained model"
            )
        if self.mapped and not self.as_candidates:
            raise InputError(
                "candidates.teacher.mapped maps keys that are candidates, and as_candidates=false "
                "takes none: set candidates.teacher.mapped=false"
            )
        reads = run.loss.needs_teacher or run.miner.takes_teacher
        reads = reads or any(part.needs_teacher for part in run.regularisers.values())
        if not self.as_candidates and not reads:
            raise InputError(
                f"neither loss {name_of(run.loss)} nor miner {name_of(run.miner)} reads the "
                "teacher, whose keys are no candidates: set loss=rkd or miner=guided, or "
                "candidates.teacher.as_candidates=true"
            )
        for part in run.candidates.parts.values() if isinstance(run.candidates, Joined) else ():
            if isinstance(part, InBatch) or (
                part is not self and type(part).keys is not Store.keys
            ):
                raise InputError(
                    f"candidates {name_of(part)} and Teacher both bring the batch's rows: leave "
                    f"{name_of(part)} out (candidates.teacher.as_candidates=false keeps the rows "
                    "that the student embeds)"
                )

    def check_width(self, width: int) -> None:
        """Raises ``InputError`` unless keys of this width can be the candidates."""
        if self.as_candidates and not self.mapped and width != self.embedding_size:
            raise InputError(
                f"the keys of teacher {self.model} have {width} numbers, and the student's "
                f"embedding has {self.embedding_size}: set projector=linear "
                f"projector.out_features={width}, or candidates.teacher.mapped=true"
            )

    def hold(self, vectors: Tensor, index: Tensor) -> None:
        """Keeps a vector ``(n, t)`` for each of the rows with these indices ``(n,)``."""
        self.check_width(vectors.shape[1])
        nothing = vectors.new_full((1, vectors.shape[1]), torch.nan)  # of a row without a vector
        self.key = torch.cat((normalized(vectors), nothing))
        self.place = index.new_full((int(index.max()) + 1,), len(vectors))
        self.place[index] = torch.arange(len(vectors), device=index.device)
        if self.mapped:  # the width of the keys is known only now
            self.map = nn.Linear(vectors.shape[1], self.embedding_size, dtype=vectors.dtype)

    def taught(self, rows: Rows) -> Tensor:
        device = rows.index.device
        self.key, self.place = self.key.to(device), self.place.to(device)
        return self.key[self.place[rows.index]]

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        if not self.as_candidates:
            return rows
        slot = torch.full_like(rows.slot, NO_SLOT)  # a key is no row of the batch
        key = self.taught(rows)
        return rows._replace(embedding=normalized(self.map(key)) if self.mapped else key, slot=slot)
