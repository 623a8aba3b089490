"""Groups that take a list of choices: candidates and regularisers."""

from collections.abc import Mapping
from typing import Any

from lightning_contrast.candidates.store import Joined
from lightning_contrast.config.construct import TARGET, construct, locate
from lightning_contrast.errors import InputError


def build_candidates(config: Mapping[str, Any], **derived: Any) -> Any:
    """The store of candidates of a resolved run config; several are joined.

    Negatives that are made in the module (``negatives=mixed``) are a store as well.
    """
    stores = config.get("candidates")
    if not isinstance(stores, Mapping) or not stores:
        raise InputError(
            f"candidates must name one store or more, got {stores!r}: set candidates=in_batch"
        )
    made = {"negatives": config["negatives"]} if makes_rows(config["negatives"]) else {}
    parts = named("candidates", {**stores, **made}, **derived)
    return Joined(parts) if len(parts) > 1 else next(iter(parts.values()))


def build_regularisers(config: Mapping[str, Any]) -> dict[str, Any]:
    """The regularisers of a resolved run config by name; none where it names none."""
    return named("regulariser", config.get("regulariser") or {})


def named(group: str, choices: Mapping[str, Any], **derived: Any) -> dict[str, Any]:
    """The parts of a group that takes a list of choices, by name.

    Raises ``InputError`` for values of a choice that the run does not make, such as those that a
    recipe sets for its own.

    >>> named("regulariser", {"koleo": {"weight": 0.1}})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: regulariser.koleo has values, and koleo is no choice of...
    """
    for name, choice in choices.items():
        if not isinstance(choice, Mapping) or TARGET not in choice:
            raise InputError(
                f"{group}.{name} has values, and {name} is no choice of this run: add it to "
                f"{group}=[...], or leave its values out with ~{group}.{name}"
            )
    return {
        name: construct(choice, f"{group}.{name}", **derived) for name, choice in choices.items()
    }


def makes_rows(negatives: Mapping[str, Any]) -> bool:
    """Whether the negatives are made in the module, not drawn from the split."""
    return locate(negatives, "negatives").makes_rows
