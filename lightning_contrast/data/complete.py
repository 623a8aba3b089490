"""A part's factory, called with what only the data knows."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from lightning_contrast.config.description import check_kept
from lightning_contrast.config.part import Part


def complete(factory: Callable[..., Any], **derived: Any) -> Any:
    """Calls ``factory`` with those of ``derived`` that it has a parameter for and does not yet set.

    A factory is a class or a ``functools.partial`` of one: a part that has no use for ``labels`` or
    ``rank`` simply does not name it. What takes long to derive is given as a function of nothing,
    called only for a part that asks for it.

    >>> complete(partial(dict, a=1), b=2)
    {'a': 1, 'b': 2}
    >>> complete(lambda long=0: long, long=lambda: 3)
    3
    """
    set_already = factory.keywords if isinstance(factory, partial) else {}
    try:
        parameters = inspect.signature(factory).parameters
    except ValueError:  # a built-in
        return factory(**{k: v for k, v in derived.items() if k not in set_already})
    asked = {k: v for k, v in derived.items() if k in parameters and k not in set_already}
    part = factory(**{k: v() if inspect.isfunction(v) else v for k, v in asked.items()})
    if isinstance(part, Part):
        check_kept(part, set_already)
    return part
