"""Calls the factory of a part with values that only the data gives."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from lightning_contrast.config.description import check_kept
from lightning_contrast.config.part import Part


def complete(factory: Callable[..., Any], **derived: Any) -> Any:
    """Calls ``factory`` with those of ``derived`` for which it has a parameter that is not set.

    A factory is a class or a ``functools.partial`` of one. A part that does not need ``labels`` or
    ``rank`` has no such parameter. A value that takes long to compute is passed as a function
    without arguments; it is called only for a part that has the parameter.

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
