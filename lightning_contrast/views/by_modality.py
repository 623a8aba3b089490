"""A view for each modality."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from lightning_contrast.errors import InputError
from lightning_contrast.types import Mixed
from lightning_contrast.views.view import View


class ByModality(View):
    """Sees the rows of each modality through the view of its name; those without one as they are.

    Raises ``InputError`` for a view of another modality than its name says.

    >>> from lightning_contrast.views.identity import Identity
    >>> sorted(ByModality({"image": Identity()}).views)
    ['image']
    """

    modality = "mixed"

    def __init__(self, views: Mapping[str, Any]) -> None:
        super().__init__()
        for name, view in views.items():
            if view.modality not in (None, name):
                raise InputError(
                    f"view.views.{name} is {type(view).__name__}, which is for {view.modality}: "
                    f"set view@view.views.{name} to a view for {name}"
                )
        self.views: Any = nn.ModuleDict(views)

    @property
    def follows_encoder(self) -> bool:  # type: ignore[override]
        return any(view.follows_encoder for view in self.views.values())

    def follow(self, encoder: Any, epoch: int) -> None:
        for name, view in self.views.items():
            view.follow(encoder.towers[name], epoch)

    def forward(self, inputs: Mixed) -> Mixed:
        parts = {
            name: self.views[name](part) if name in self.views else part
            for name, part in inputs.parts.items()
        }
        return Mixed(parts, inputs.rows)
