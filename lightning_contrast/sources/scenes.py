"""Made scenes: small pictures of things on textures, with their boxes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, cast

import numpy as np
import torch

from lightning_contrast.config.ranges import AboveZeroToOne, Count, CountFromZero, Range, Seed
from lightning_contrast.errors import InputError, listing
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.rows.split_names import TEST, TRAIN, VALIDATION
from lightning_contrast.sources._boxes import Boxed, with_boxes
from lightning_contrast.sources._drawing import Drawing, textures
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.fashion_mnist import FashionMNIST
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Images, Labelled

PART = {TRAIN: range(3, 10), VALIDATION: range(2, 3), TEST: range(2)}
"""Which tenths of the things of a class stand in scenes of a side."""
Pair = Sequence[CountFromZero]


@dataclass(kw_only=True)
class Scenes(Source):
    """Colour images of ``size`` x ``size`` pixels with things at random places on random textures.

    Things are handwritten digits, which come with scikit-learn, or clothes of Fashion-MNIST, scaled
    and tinted. A scene of the test has other pictures of things than one of training. A distractor
    is a thing whose quarters are interchanged; it is no object. No two cover each other by more
    than a fifth of the smaller one. The same seed gives the same scenes.

    ``things``: ``digits`` or ``fashion_mnist``. ``classes``: those that stand in scenes; None: all.
    ``train``, ``validation``, ``test``: numbers of scenes. ``objects``, ``distractors``: fewest and
    most in a scene. ``sides``: smallest and largest side of a thing's picture, as shares of the
    scene's. ``seed``: of the drawing.

    Raises ``InputError`` for a range the wrong way round, a class that is none of the things, or
    things that are not on this machine.

    >>> rows = Scenes(train=8, validation=2, test=2).load()
    >>> rows.raw[np.array([0])].shape, len(rows.classes), rows.split.tolist()[-2:]
    (torch.Size([1, 3, 64, 64]), 10, [2, 2])
    """

    things: Literal["digits", "fashion_mnist"] = "digits"
    classes: Sequence[str] | None = None
    train: Count = 2000
    validation: CountFromZero = 300
    test: CountFromZero = 500
    size: Annotated[int, Range(least=16)] = 64
    objects: Pair = (1, 4)
    distractors: Pair = (0, 3)
    sides: Sequence[AboveZeroToOne] = (0.25, 0.5)
    seed: Seed = 0
    modality: ClassVar[str] = "image"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("objects", "distractors", "sides"):
            given = list(getattr(self, name))
            if len(given) != 2 or given[0] > given[1]:
                mend = "[0.25, 0.5]" if name == "sides" else "[1, 4]"
                raise InputError(
                    f"source.{name} must be two numbers, the smaller one first, got {given}: set "
                    f"source.{name}={mend}"
                )

    def load(self) -> Labelled:
        own = Digits().load() if self.things == "digits" else FashionMNIST(download=False).load()
        names = list(own.classes if self.classes is None else self.classes)
        if strange := [name for name in names if name not in own.classes]:
            raise InputError(
                f"source.classes: {self.things} has no class {strange[0]!r}, it has "
                f"{listing(list(own.classes), most=20)}: name some of them"
            )
        pictures = cast(Images, own.raw)[np.arange(len(own.label))][:, 0].numpy()
        rows = {name: np.flatnonzero(own.label == own.classes.index(name)) for name in names}
        scenes, boxes, sides = [], [], []
        for side, count in ((TRAIN, self.train), (VALIDATION, self.validation), (TEST, self.test)):
            random = np.random.default_rng([self.seed, side])
            part = {
                name: pictures[[row for at, row in enumerate(all_) if at % 10 in PART[side]]]
                for name, all_ in rows.items()
            }
            ground = textures(count, self.size, random)
            for scene in ground:
                boxes.append(self._fill(Drawing(scene, random), part, random))
            scenes.append(ground)
            sides += [side] * count
        stacked = torch.from_numpy(np.concatenate(scenes))
        images = InMemoryImages((stacked * 255).round().byte().permute(0, 3, 1, 2).contiguous())
        return with_boxes(self, images, boxes, names, None, sides)

    def _fill(
        self, drawing: Drawing, things: dict[str, np.ndarray], random: np.random.Generator
    ) -> list[Boxed]:
        """Draws distractors, then objects; the boxes of these."""
        found: list[Boxed] = []
        names = list(things)
        numbers = [random.integers(low, high + 1) for low, high in (self.distractors, self.objects)]
        for number in range(sum(numbers)):
            name = names[random.integers(len(names))]
            thing = things[name][random.integers(len(things[name]))].astype(np.float32) / 255
            side = round(self.size * random.uniform(self.sides[0], self.sides[1]))
            if number < numbers[0]:
                half = len(thing) // 2
                thing = np.roll(thing, (half, half), (0, 1))
            if (box := drawing.place(thing, side)) is not None and number >= numbers[0]:
                left, top, right, bottom = (end / self.size for end in box)
                found.append((left, top, right, bottom, name))
        return found
