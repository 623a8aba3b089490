"""Several views, one after the other."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from lightning_contrast.errors import InputError
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.types import Inputs
from lightning_contrast.views.view import View


class Chain(View):
    """Sees a batch through each of ``views`` in turn, in the order they are named.

    Raises ``InputError`` for no views, or for views of both texts and images. Source: the four
    operations of EDA, Wei and Zou 2019, arXiv:1901.11196, are such a chain.

    >>> from lightning_contrast.views.identity import Identity
    >>> Chain({"one": Identity(), "two": Identity()})("a batch")
    'a batch'
    """

    def __init__(self, views: Mapping[str, Any]) -> None:
        super().__init__()
        if not views:
            raise InputError("view.views must name one view or more, got none: set view=identity")
        self.views: Any = nn.ModuleDict(views)
        modalities = {v.modality: name for name, v in views.items() if v.modality}
        if len(modalities) > 1:
            raise InputError(
                "a chain has views of one modality, got "
                + " and ".join(f"{name} (of {kind})" for kind, name in modalities.items())
                + ": leave one of them out"
            )
        if modalities:
            (self.modality,) = modalities  # type: ignore[misc]

    @property
    def needs_vocabulary(self) -> bool:  # type: ignore[override]
        return any(view.needs_vocabulary for view in self.views.values())

    @property
    def keeps_places(self) -> bool:  # type: ignore[override]
        return all(view.keeps_places for view in self.views.values())

    @property
    def has_slopes(self) -> bool:  # type: ignore[override]
        return all(view.has_slopes for view in self.views.values())

    @property
    def follows_encoder(self) -> bool:  # type: ignore[override]
        return any(view.follows_encoder for view in self.views.values())

    def prepare(self, vocabulary: Vocabulary) -> None:
        for view in self.views.values():
            view.prepare(vocabulary)

    def follow(self, encoder: Any, epoch: int) -> None:
        for view in self.views.values():
            view.follow(encoder, epoch)

    def forward(self, inputs: Inputs) -> Inputs:
        for view in self.views.values():
            inputs = view(inputs)
        return inputs
