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

from lightning_contrast.engine.blocks import FEWEST, TILE, cut_rows, keep_freed_tiles, tile_size
from lightning_contrast.engine.blockwise import Blockwise, Score, plain_score, slopes
from lightning_contrast.engine.columns import Few, few, keys_of
from lightning_contrast.engine.compiling import Compiled, worth_compiling
from lightning_contrast.engine.mirrored import Mirror, Mirrored
from lightning_contrast.engine.own_columns import with_own
from lightning_contrast.engine.picked import picked
from lightning_contrast.errors import InputError
from lightning_contrast.types import Made, Near, Pairs, Rows

CPU = torch.device("cpu")


class Contrast(nn.Module):
    """Scores anchors against candidates: similarity, pairing, miner and loss, block by block.

    The value is the pair ``(sum, weight)`` of the loss over the anchors that count; divide them
    (over all ranks: ``distributed.mean_over_ranks``) for the mean. The sum carries the gradient for
    the anchors, for the candidates if they need one, and for the loss's own parameters. Negatives
    that were ``made`` for one anchor each are further columns of its row, whatever the pairing.

    Args:
        pairing: ``(anchors, candidates) -> Pairs``: which pairs are positive and negative.
        miner: ``(similarity, pairs) -> pairs``: which of them are kept; sees no gradient.
        loss: module, ``(similarity, pairs) -> (sum, weight)``, in plain PyTorch. If it has a method
            ``observe(anchors, candidates)``, that sees all rows once, before the first block. With
            ``half_blocks = True`` a compiled block has half the rows: it needs twice the memory.
            With ``reads_near = True`` it takes positives from ``masked.positives`` alone: of the
            few columns where the pairing's ``keys`` say that they are, if the miner ``drops_only``.
        block_rows: anchor rows a block; ``None`` picks them so that a block is about half a MB
            (4 MB compiled, 128 MB on a GPU), and has 64 rows at least.
        compile: ``"auto"`` compiles the block from 2048 candidates up where there is a compiler;
            ``True`` and ``False`` force it.

    Raises:
        InputError: ``block_rows`` is not positive, or ``compile`` is none of the three.

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
        pairing: Callable[[Rows, Rows], Pairs],
        miner: Callable[[Tensor, Pairs], Pairs],
        loss: nn.Module,
        block_rows: int | None = None,
        compile: bool | str = "auto",
    ) -> None:
        super().__init__()
        if block_rows is not None and block_rows < 1:
            raise InputError(f"block_rows must be at least 1 or null, got {block_rows}: set 256")
        if compile not in (True, False, "auto"):
            raise InputError(f"compile must be auto, true or false, got {compile!r}")
        self.pairing, self.miner, self.loss = pairing, miner, loss
        self.block_rows, self.compile = block_rows, compile  # type: ignore[assignment,method-assign]
        # Whether anchors must be the sum of a row and its drawn positive (angular loss).
        self.needs_pair_sums = any(getattr(p, "needs_pair_sums", False) for p in (miner, loss))
        self._compiled: Callable | None = None
        self._compiled_pick: Callable | None = None
        self._keys = None if self.picks else keys_of(pairing, miner, loss)
        mirrors = Mirror.serves(pairing, miner, loss)
        self._mirror = Mirror(pairing, loss, insist=compile is True) if mirrors else None
        keep_freed_tiles()

    @property
    def picks(self) -> bool:
        """Whether each anchor keeps one pair of a kind, so that the loss reads two columns; not for
        losses on prototypes: to them a column is a class."""
        single = getattr(self.miner, "gives_single", False)
        return single and not getattr(self.loss, "on_prototypes", False)

    def forward(self, anchors: Rows, candidates: Rows, made: Made | None = None) -> Score:
        observe: Any = getattr(self.loss, "observe", None)
        if observe is not None:
            with torch.no_grad():
                observe(anchors, candidates)
        wide = torch.promote_types(anchors.embedding.dtype, torch.float32)
        embeddings = anchors.embedding.to(wide), candidates.embedding.to(wide)
        parameters: dict[str, Tensor] = dict(self.loss.named_parameters())
        own, valid = (None, None) if made is None else (made.embedding.to(wide), made.valid)
        inputs = (*embeddings, *([] if own is None else [own]), *parameters.values())
        with torch.autocast(embeddings[0].device.type, enabled=False):
            learns = torch.is_grad_enabled() and any(tensor.requires_grad for tensor in inputs)
            if learns and not self._at_once(anchors, candidates):
                if self._mirror and own is None and candidates is anchors:
                    compiled = self.compiles(len(anchors.label), embeddings[0].device)
                    settings = (self.block_rows, compiled)
                    return Mirrored.apply(self._mirror, anchors, *settings, embeddings[0])
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
        return few(*self._keys(anchors, candidates)) if self._keys else None

    def blocks(
        self, anchors: int, candidates: int, compiled: bool, device: torch.device = CPU
    ) -> list[slice]:
        """The anchor rows of each block."""
        half = getattr(self.loss, "half_blocks", False) and not self.picks
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
