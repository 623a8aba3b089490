"""Scores that forgive a wrong type or wrong borders of a span."""

from collections.abc import Sequence

from lightning_contrast.errors import missing_extra

Marked = set[tuple[int, int, str]]
"""Of a text: first place, the one behind the last, and type of each span."""
SCHEMES = {"exact": "borders", "ent_type": "type", "partial": "partial"}


def partial_scores(gold: Sequence[Marked], predicted: Sequence[Marked]) -> dict[str, float]:
    """F1 of spans that are right in part, by ``nervaluate``.

    ``borders_f1``: both borders right, whatever the type; ``type_f1``: the type right, and the
    spans overlap; ``partial_f1``: both borders right counts 1, an overlap a half, whatever the
    type. Raises ``InputError`` if nervaluate is not installed.

    Source: Segura-Bedmar et al. 2013 (SemEval 2013, task 9.1).

    >>> scores = partial_scores([{(0, 2, "a"), (5, 6, "b")}], [{(0, 2, "b"), (5, 7, "b")}])
    >>> {name: round(value, 2) for name, value in scores.items()}
    {'borders_f1': 0.5, 'type_f1': 0.5, 'partial_f1': 0.75}
    """
    try:
        from nervaluate import Evaluator
    except ImportError as error:
        raise missing_extra("nervaluate", "entities") from error
    types = sorted({kind for side in (gold, predicted) for row in side for *_, kind in row})
    sides = [
        [[{"label": k, "start": a, "end": b - 1} for a, b, k in sorted(row)] for row in side]
        for side in (gold, predicted)
    ]
    found = Evaluator(*sides, tags=types, loader="dict").evaluate()["overall"]
    return {f"{name}_f1": float(found[scheme].f1) for scheme, name in SCHEMES.items()}
