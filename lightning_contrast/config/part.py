"""What every choice of a group is: a part that says of itself what the others must know."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, ClassVar, get_origin

from lightning_contrast.config.arguments import check_arguments, checked
from lightning_contrast.errors import InputError


class Part:
    """Base of all choices; the base of each group (``losses/loss.py``, ...) derives from it.

    The class attributes of a group's base are its *traits*: what a part of the group may say of
    itself, with defaults. A part that sets another public attribute in its class body has
    misspelt a trait, and is refused when its class is made. Constants in capitals, methods,
    properties and the fields of a dataclass are no traits.

    A base of a group is declared by ``class Loss(Part, nn.Module, group="loss")``; with
    ``several=True`` where a run takes several of its choices, each below a name of its own.

    The arguments of a constructor are held to their annotations (``config.ranges``).

    Raises:
        InputError: a class says what its group does not know; an argument is of another type, not
            finite or out of its range.

    >>> class Cook(Part, group="cook"):
    ...     needs_fire = False
    >>> class Baker(Cook):
    ...     needs_fires = True
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: Baker sets 'needs_fires', which a cook can't say of ...
    """

    group: ClassVar[str] = ""
    _key: ClassVar[str] = ""  # what stands before an argument's name in an override
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
                f"{cls.__name__} sets {name!r}, which a {cls.group} can't say of itself: "
                + (f"did you mean {near[0]}? " if near else "")
                + f"It may set {', '.join(traits)}; write a constant in capitals"
            )

    def __post_init__(self) -> None:
        """A dataclass, whose constructor is made after its class, is checked when it is filled."""
        taken = inspect.signature(type(self)).parameters  # a subclass may have its own constructor
        names = [field.name for field in fields(self) if field.name in taken]  # type: ignore[arg-type]
        check_arguments(type(self), {name: getattr(self, name) for name in names}, partial=True)

    def check(self, run: "Run") -> None:
        """Raises ``InputError`` if the part can't serve in this run; warns of what it leaves out.

        The builder calls it once for each part, before any data is read. A part that the data
        completes (an encoder, head, sampler, positives, negatives) has no instance by then: its
        ``check`` is a class method, and ``run.arguments`` holds what the config says.
        """


@dataclass(frozen=True)
class Run:
    """The choices of a run, held against each other before any data is read.

    Encoder, projector, head, sampler, positives and negatives are classes: the data completes them.
    All others are instances, those that learn with sizes of a stand-in. ``arguments`` holds
    the arguments of each group as the config gives them.
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
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

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
        """Rows of a batch, those drawn as positives and negatives included."""
        return self.batch_size * (1 + self.drawn_positives + self.drawn_negatives)


def name_of(part: Any) -> str:
    """The name of a part, or of its class, for a message.

    >>> name_of(Part), name_of(Part())
    ('Part', 'Part')
    """
    return getattr(part, "__name__", type(part).__name__)


def as_called(part: Any) -> str:
    """A part as its constructor was called, for those that keep their arguments.

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
    """The public values in the class body: neither methods, constants nor fields of instances."""
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
