"""Profiling switched off, in fact: Lightning's default profiler costs 2 % of a 5 ms step."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from pytorch_lightning.profilers import PassThroughProfiler


class NoProfiler(PassThroughProfiler):
    """Hands out one empty context, where Lightning's own builds a generator sixty times a step.

    >>> with NoProfiler().profile("anything"): pass
    """

    _nothing: AbstractContextManager[Any] = nullcontext()

    def profile(self, action_name: str) -> AbstractContextManager[Any]:  # type: ignore[override]
        return self._nothing
