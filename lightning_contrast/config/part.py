"""``Part``, the base of all choices: it declares the traits that other parts read."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, ClassVar, get_origin

from lightning_contrast.config.arguments import check_arguments, checked
from lightning_contrast.errors import InputError


class Part:
    """Base of all choices; the base of each group (``losses/loss.py``, ...) derives from it.

    The class attributes of a group's base are its *traits*: statements about a part, with defaults.
    A class body that sets another public attribute has misspelt a trait, and raises an error when
    the class is made. Constants in capitals, methods, properties and the fields of a dataclass are
    no traits.

    The base of a group is declared by ``class Loss(Part, nn.Module, group="loss")``, with
    ``several=True`` if a run takes several choices of the group, each below a name of its own.

    The arguments of a constructor are checked against their annotations (``config.ranges``).

    Raises:
        InputError: a class sets an attribute that is no trait of its group; an argument is of
            another type, not finite or out of its range.

    >>> class Cook(Part, group="cook"):
    ...     needs_fire = False
    >>> class Baker(Cook):
    ...     needs_fires = True
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: Baker sets 'needs_fires', which is no trait of a cook: ...
    """

    group: ClassVar[str] = ""
    _key: ClassVar[str] = ""  # precedes an argument's name in an override
    modality: ClassVar[str | None] = None
    """The modality that the part is for; None: any."""

    def __init_subclass__(cls, group: str = "", several: bool = False, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__)  # type: ignore[method-assign]
        if group:
            cls.group, cls._key = group, "" if several else f"{group}."
            return
        known = {name for base in cls.__mro__[1:] for name in vars(base)}
        for name in sorted(_said(cls) - known):
            traits = sorted(_said(_base(cls)) | {"modality"})
            near = get_close_matches(name, traits, n=1)
            raise InputError(
                f"{cls.__name__} sets {name!r}, which is no trait of a {cls.group}: "
                + (f"did you mean {near[0]}? " if near else "")
                + f"It may set {', '.join(traits)}; write a constant in capitals"
            )

    def __post_init__(self) -> None:
        """Checks a dataclass once its fields are set: its constructor is made after its class."""
        taken = inspect.signature(type(self)).parameters  # a subclass may have its own constructor
        names = [field.name for field in fields(self) if field.name in taken]  # type: ignore[arg-type]
        check_arguments(type(self), {name: getattr(self, name) for name in names}, partial=True)

    def check(self, run: "Run") -> None:
        """Raises ``InputError`` if the part can't be used in this run; warns of rows it leaves out.

        The builder calls it once for each part, before any data is read. A part that the data
        completes (encoder, head, sampler, positives, negatives) has no instance yet: its ``check``
        is a class method, and ``run.arguments`` holds its arguments of the config.
        """


@dataclass(frozen=True)
class Run:
    """The choices of a run, held against each other before any data is read.

    Encoder, projector, head, sampler, positives, negatives and generator are classes: the data
    completes them. All others are instances, those that learn with sizes of a stand-in.
    ``similarity`` is that of the engine; None: as the loss has it.
    ``arguments`` holds the arguments of each group as the config gives them, ``trainer`` the
    settings of the trainer.
    """

    modality: str
    batch_size: int
    encoder: Any
    projector: Any
    head: Any
    sampler: Any
    positives: Any
    negatives: Any
    view: Any
    mix: Any
    pairing: Any
    miner: Any
    loss: Any
    candidates: Any
    unit: Any
    regularisers: Mapping[str, Any] = field(default_factory=dict)
    contrast_weight: float = 1.0
    head_weight: float = 1.0
    grad_cache: int | None = None
    generator: Any = None
    similarity: str | None = None
    trainer: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def compared(self) -> str:
        """What the contrast compares (``metrics.similarity``)."""
        return self.similarity or self.loss.similarities[0]

    @property
    def takes_lengths(self) -> bool:
        """Whether embeddings of any length are compared, not unit vectors."""
        return self.compared in ("dot", "euclidean")

    @property
    def drawn_positives(self) -> int:
        """Positives that are drawn for each row."""
        return self.positives.count(self) if self.positives.draws_rows else 0

    @property
    def drawn_negatives(self) -> int:
        """Explicit negatives that are drawn for each row, ``k``."""
        return self.arguments["negatives"].get("k", 0)

    @property
    def rows(self) -> int:
        """Rows of a batch, including those drawn as positives and negatives."""
        return self.batch_size * (1 + self.drawn_positives + self.drawn_negatives)


def name_of(part: Any) -> str:
    """The name of a part, or of its class, for a message.

    >>> name_of(Part), name_of(Part())
    ('Part', 'Part')
    """
    return getattr(part, "__name__", type(part).__name__)


def as_called(part: Any) -> str:
    """A part as the call that made it, for parts that keep their arguments.

    >>> class Oven(Part, group="oven"):
    ...     def __init__(self, heat=200): self.heat = heat
    >>> as_called(Oven(180))
    'Oven(heat=180)'
    """
    names = inspect.signature(type(part)).parameters
    return f"{name_of(part)}({', '.join(f'{name}={getattr(part, name)!r}' for name in names)})"


def _base(cls: type) -> type:
    return next(base for base in cls.__mro__ if "group" in vars(base))


def _said(cls: type) -> set[str]:
    """The public values in a class body, without methods, constants and fields of instances."""
    fields = {name for name, hint in vars(cls).get("__annotations__", {}).items() if _field(hint)}
    return {
        name
        for name, value in vars(cls).items()
        if not (name.startswith("_") or name.isupper() or name == "group" or name in fields)
        and not _method(value)
    }


def _method(value: Any) -> bool:
    return callable(value) or isinstance(value, property | classmethod | staticmethod)


def _field(hint: Any) -> bool:
    return not (hint is ClassVar or get_origin(hint) is ClassVar or "ClassVar" in str(hint))
