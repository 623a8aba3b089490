"""The blockwise contrast: value and gradient of any pair loss, without a B x B matrix.

A loss here is a function of a *block* of anchor rows against all candidates. The engine walks the
blocks and forms each block's gradient while the block is in hand: with ``G`` the gradient of the
block's sum with respect to its similarities, ``dA = G C`` and ``dC += G' A``. What outlives a block
is two matrices of the shape of the embeddings, so memory is linear in the batch.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.config.part import Part, name_of
from lightning_contrast.engine.blocks import FEWEST, TILE, cut_rows, keep_freed_tiles, tile_size
from lightning_contrast.engine.blockwise import Blockwise, Score, plain_score, slopes
from lightning_contrast.engine.columns import Few, few
from lightning_contrast.engine.compiling import Compiled, worth_compiling
from lightning_contrast.engine.own_columns import with_own
from lightning_contrast.engine.picked import picked
from lightning_contrast.errors import InputError
from lightning_contrast.types import Made, Near, Pairs, Rows

CPU = torch.device("cpu")
BASES = {
    "pairing": "lightning_contrast.pairings.pairing.Pairing",
    "miner": "lightning_contrast.miners.miner.Miner",
    "loss": "lightning_contrast.losses.loss.Loss",
}


class Contrast(nn.Module):
    """Scores anchors against candidates: similarity, pairing, miner and loss, block by block.

    The value is the pair ``(sum, weight)`` of the loss over the anchors that count; divide them
    (over all ranks: ``distributed.mean_over_ranks``) for the mean. The sum carries the gradient for
    the anchors, for the candidates if they need one, and for the loss's own parameters. Negatives
    that were ``made`` for one anchor each are further columns of its row, whatever the pairing.

    Args:
        pairing: a ``pairings.pairing.Pairing``: which pairs are positive and negative.
        miner: a ``miners.miner.Miner``: which of them are kept.
        loss: a ``losses.loss.Loss``: how the kept pairs of a block are scored.
        block_rows: anchor rows a block; ``None`` picks them so that a block is about half a MB
            (4 MB compiled, 128 MB on a GPU), and has 64 rows at least.
        compile: ``"auto"`` compiles the block from 2048 candidates up where there is a compiler;
            ``True`` and ``False`` force it.

    Raises:
        InputError: a part is not derived from the base of its group, ``block_rows`` is not
            positive, or ``compile`` is none of the three.

    >>> from lightning_contrast.losses.supcon import SupCon
    >>> from lightning_contrast.miners.keep_all import KeepAll
    >>> from lightning_contrast.pairings.label import Label
    >>> x = nn.functional.normalize(torch.eye(4, 3) + 0.5).requires_grad_()
    >>> rows = Rows(x, torch.tensor([0, 0, 1, 1]), *torch.arange(4).expand(3, 4))
    >>> total, weight = Contrast(Label(), KeepAll(), SupCon())(rows, rows)
    >>> total.backward(); weight.item(), x.grad.shape
    (4.0, torch.Size([4, 3]))
    """

    def __init__(
        self,
        pairing: Any,
        miner: Any,
        loss: Any,
        block_rows: int | None = None,
        compile: bool | str = "auto",
    ) -> None:
        super().__init__()
        if block_rows is not None and block_rows < 1:
            raise InputError(f"block_rows must be at least 1 or null, got {block_rows}: set 256")
        if compile not in (True, False, "auto"):
            raise InputError(f"compile must be auto, true or false, got {compile!r}")
        for part, (group, base) in zip((pairing, miner, loss), BASES.items(), strict=True):
            check_base(part, group, base)
        self.pairing, self.miner, self.loss = pairing, miner, loss
        self.block_rows, self.compile = block_rows, compile  # type: ignore[assignment,method-assign]
        # Whether anchors must be the sum of a row and its drawn positive (angular loss).
        self.needs_pair_sums = miner.needs_pair_sums or loss.needs_pair_sums
        self._compiled: Callable | None = None
        self._compiled_pick: Callable | None = None
        self._reads_few = loss.reads_near and miner.drops_only and not self.picks
        keep_freed_tiles()

    @property
    def picks(self) -> bool:
        """Whether each anchor keeps one pair of a kind, so that the loss reads two columns; not for
        losses on prototypes: to them a column is a class."""
        return self.miner.gives_single and not self.loss.on_prototypes

    def forward(self, anchors: Rows, candidates: Rows, made: Made | None = None) -> Score:
        with torch.no_grad():
            self.loss.observe(anchors, candidates)
        wide = torch.promote_types(anchors.embedding.dtype, torch.float32)
        embeddings = anchors.embedding.to(wide), candidates.embedding.to(wide)
        parameters: dict[str, Tensor] = dict(self.loss.named_parameters())
        own, valid = (None, None) if made is None else (made.embedding.to(wide), made.valid)
        inputs = (*embeddings, *([] if own is None else [own]), *parameters.values())
        with torch.autocast(embeddings[0].device.type, enabled=False):
            learns = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs)
            if learns and not self._at_once(anchors, candidates):
                rows = (anchors, candidates, valid, list(parameters))
                return Blockwise.apply(self, *rows, *embeddings, own, *parameters.values())
            return plain_score(self, anchors, candidates, valid, *embeddings, own, parameters)

    def score(
        self,
        tiles: tuple[Float[Tensor, "a _"], ...],
        parameters: dict[str, Tensor],
        anchors: Rows,
        candidates: Rows,
        places: Tensor | None = None,
        valid: Tensor | None = None,
    ) -> Score:
        """The whole method for one block: the function that is differentiated and compiled.

        ``tiles`` are its similarities, and those at its few ``places``, where these are given.
        """
        similarity = tiles[0]
        pairs = self.mine(similarity, anchors, candidates, valid)
        if self.picks:
            number, pairs = picked(pairs)
            similarity = similarity.gather(1, number)
        elif places is not None:
            pairs = pairs._replace(near=Near(tiles[1], pairs.positive.gather(1, places)))
        return self.lose((similarity,), parameters, pairs)

    def mine(
        self, similarity: Tensor, anchors: Rows, candidates: Rows, valid: Tensor | None = None
    ) -> Pairs:
        """The pairs that are kept."""
        pairs = self.pairing(anchors, candidates)
        return self.miner(similarity.detach(), pairs if valid is None else with_own(pairs, valid))

    def lose(self, tiles: tuple[Tensor, ...], parameters: dict[str, Tensor], pairs: Pairs) -> Score:
        """The loss of kept pairs."""
        (similarity,) = tiles
        if not parameters:
            return self.loss(similarity, pairs)
        return torch.func.functional_call(self.loss, parameters, (similarity, pairs))

    def few(self, anchors: Rows, candidates: Rows) -> Few | None:
        """The few columns where positives are, for a loss that reads them there."""
        keys = self.pairing.keys(anchors, candidates) if self._reads_few else None
        return few(*keys) if keys else None

    def blocks(
        self, anchors: int, candidates: int, compiled: bool, device: torch.device = CPU
    ) -> list[slice]:
        """The anchor rows of each block."""
        half = self.loss.half_blocks and not self.picks
        tile = tile_size(compiled, half, device)
        return cut_rows(anchors, self.block_rows or max(FEWEST, tile // max(candidates, 1)))

    def _at_once(self, anchors: Rows, candidates: Rows) -> bool:
        """Whether all is one small block, run eagerly: then autograd's own graph costs least."""
        rows, columns = len(anchors.label), len(candidates.label)
        if rows * columns > TILE or self.compiles(columns, candidates.embedding.device):
            return False
        return len(self.blocks(rows, columns, compiled=False)) <= 1

    def compiles(self, rows: int, device: torch.device) -> bool:
        if self.compile != "auto":
            return bool(self.compile)
        return worth_compiling(rows, device)

    def derivative(self, compiled: bool) -> Callable[..., Any]:
        """``(tiles, parameters, anchors, candidates, ...) -> (gradients, score)``: of ``score``."""
        if not compiled:
            return partial(slopes, self.score)
        if self._compiled is None:
            derivative = torch.func.grad_and_value(self.score, argnums=(0, 1), has_aux=True)
            self._compiled = self._compile(derivative, partial(slopes, self.score))
        return self._compiled

    def pick(self, compiled: bool) -> Callable[..., Any] | None:
        """``(similarity, anchors, candidates) -> picked pairs``, where ``picks``."""
        if not self.picks:
            return None
        if not compiled:
            return self._pick
        if self._compiled_pick is None:
            self._compiled_pick = self._compile(self._pick, self._pick)
        return self._compiled_pick

    def _pick(self, similarity: Tensor, anchors: Rows, candidates: Rows) -> tuple[Tensor, Pairs]:
        return picked(self.mine(similarity, anchors, candidates))

    def _compile(self, function: Callable, fallback: Callable) -> Compiled:
        return Compiled(function, fallback, insist=self.compile is True)


def check_base(part: Any, group: str, base: str) -> None:
    """Raises ``InputError`` unless the part is derived from the base of its group.

    >>> check_base(nn.Identity(), "loss", BASES["loss"])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: a loss must be derived from lightning_contrast.losses...
    """
    if not (isinstance(part, Part) and part.group == group):
        name, kind = name_of(part), base.rpartition(".")[2]
        raise InputError(
            f"a {group} must be derived from {base}, and {name} is not: write class {name}({kind})"
        )
