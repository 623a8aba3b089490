"""Arguments that every source takes can be set, even if the source's YAML does not list them."""

from collections.abc import Sequence


def with_shared(overrides: Sequence[str]) -> list[str]:
    """Overrides in which arguments of the base ``Source`` have ``++``: Hydra adds a missing key.

    >>> with_shared(["source=mine", "source.per_class=20", "source.path=quotes"])
    ['source=mine', '++source.per_class=20', 'source.path=quotes']
    """
    if not any(word.startswith("source.") for word in overrides):
        return list(overrides)
    from dataclasses import fields

    from lightning_contrast.sources.source import Source

    shared = {f"source.{field.name}" for field in fields(Source)}
    return [f"++{word}" if word.partition("=")[0] in shared else word for word in overrides]
