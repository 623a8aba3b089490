"""What a part says of itself is declared by the base of its group; a misspelt trait is refused."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
from torch import Tensor, nn

from lightning_contrast.config.part import Part
from lightning_contrast.errors import InputError


class Cook(Part, nn.Module, group="cook"):
    needs_fire = False
    helpers: int | None = None  # type: ignore[assignment]


def test_a_declared_trait_is_taken():
    class Baker(Cook):
        needs_fire = True
        modality = "text"

    assert Baker().needs_fire and Baker.group == "cook" and not Cook().needs_fire


@pytest.mark.parametrize("name", ["needs_fires", "Needs_fire", "modalty", "anything"])
def test_another_one_is_refused_with_the_nearest_name(name):
    with pytest.raises(InputError, match=f"Baker sets '{name}', which is no trait of a cook"):
        type("Baker", (Cook,), {name: True})


def test_the_message_names_the_trait_that_was_meant():
    with pytest.raises(InputError, match=r"did you mean needs_fire\?"):
        type("Baker", (Cook,), {"needs_fires": True})


def test_methods_constants_properties_buffers_and_fields_are_no_traits():
    class Baker(Cook):
        LARGEST = 3
        table: Tensor
        _memory: ClassVar[int] = 1

        @property
        def needs_fire(self) -> bool:  # type: ignore[override]
            return True

        def bake(self) -> None: ...

    class Source(Part, group="source"):
        size: int = 0

    @dataclass
    class Folder(Source):
        path: str
        depth: int = 2

    assert Baker().needs_fire and Folder("here").depth == 2


def test_a_class_of_a_class_is_held_to_the_same():
    class Baker(Cook):
        needs_fire = True

    with pytest.raises(InputError, match="Confectioner sets"):
        type("Confectioner", (Baker,), {"needs_sugar": True})
