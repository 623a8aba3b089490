"""What every source takes is set on the command line, also where one's own YAML names it not."""

from collections.abc import Sequence


def with_shared(overrides: Sequence[str]) -> list[str]:
    """Overrides of what the base of sources takes, said so that Hydra adds a key that is not there.

    >>> with_shared(["source=mine", "source.per_class=20", "source.path=quotes"])
    ['source=mine', '++source.per_class=20', 'source.path=quotes']
    """
    if not any(word.startswith("source.") for word in overrides):
        return list(overrides)
    from dataclasses import fields

    from lightning_contrast.sources.source import Source

    shared = {f"source.{field.name}" for field in fields(Source)}
    return [f"++{word}" if word.partition("=")[0] in shared else word for word in overrides]
