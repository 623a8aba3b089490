"""Arithmetic on every pair of a block: finite for every input, and faster than torch's functions.

Each function gives the values of its counterpart in torch, to the precision of the type.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional
from torch.nn.functional import hardtanh, threshold

Values = Float[Tensor, "*rows"]

FAR = 80.0  # e^80 and e^-80 are still float32
FLAT = 40.0  # from here on softplus(x) equals x, to the last digit of a float64
FLOOR = 1e-7  # below this, a float32 squared distance is rounding noise
# Coefficients of atanh(t) / t in powers of t^2, a minimax fit for t <= 1/3 (Lawson's method): its
# largest error is 4e-9.
ATANH = (1.0, 0.33333157, 0.20012455, 0.13980304, 0.1408917)


def clamp(values: Values, low: float, high: float) -> Values:
    """``values.clamp(low, high)``; the gradient takes one pass over memory instead of three.

    >>> clamp(torch.tensor([-3.0, 0.5, 3.0]), -1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    return hardtanh(values, low, high)


def exp(values: Values) -> Values:
    """``e^max(x, -80)``: exponentials that underflow take ten times as long, and add nothing.

    >>> exp(torch.tensor([0.0, -1000.0]))
    tensor([1.0000e+00, 1.8049e-35])
    """
    return threshold(values, -FAR, -FAR).exp()


def softplus(values: Values) -> Values:
    """``log(1 + e^x)`` of a few values, to the last digit.

    >>> softplus(torch.tensor([-1e30, 0.0, 1e30]))
    tensor([0.0000e+00, 6.9315e-01, 1.0000e+30])
    """
    return functional.softplus(values, threshold=FLAT)


def pair_softplus(values: Values) -> Values:
    r"""``log(1 + e^x)`` of each pair, and ``e^-80`` below -80.

    A library's logarithm computes more digits than a float32 has, and slows down a compiled block.
    A compiled block in float32 uses a series instead. With ``e = e^x``,

    .. math::
        \log(1 + e^x) = \max(x, 0) + 2\,\mathrm{atanh}(t) \qquad
        t = \frac{\min(e, 1)}{1 + e + \max(e, 1)} \le \frac13

    and the slope ``e / (1 + e)`` shares its division with ``t``.

    >>> pair_softplus(torch.tensor([-100.0, 0.0, 100.0]))
    tensor([1.8049e-35, 6.9315e-01, 1.0000e+02])
    """
    if torch.compiler.is_compiling() and values.dtype == torch.float32:
        return _short_softplus(values)
    return softplus(threshold(values, -FAR, -FAR))


def euclidean(cosine: Values) -> Values:
    """Distance ``sqrt(2 - 2 s)`` of unit vectors, with a zero gradient where two coincide; also of
    vectors of any length, by their ``euclidean`` similarity (``metrics.similarity``).

    >>> euclidean(torch.tensor([[1., 0., -1.]])).round(decimals=3).tolist()
    [[0.0, 1.4140000343322754, 2.0]]
    """
    return threshold(torch.rsub(cosine, 2, alpha=2), FLOOR, FLOOR).sqrt()


def sine(cosine: Values) -> Values:
    """``sqrt(1 - s^2)``, with a zero gradient where it would be infinite, at 1 and -1.

    >>> sine(torch.tensor([0.0, 0.6, 1.0])).round(decimals=3).tolist()
    [1.0, 0.800000011920929, 0.0]
    """
    return clamp(1 - cosine * cosine, FLOOR, 1.0).sqrt()


def _short_softplus(values: Tensor) -> Tensor:
    fixed = values.detach()
    odds = hardtanh(fixed, -FAR, FLAT).exp()
    above, larger = 1 + odds, odds.clamp_min(1)
    divided = 1 / (above * (above + larger))
    t = odds.clamp_max(1) * above * divided
    square, series = t * t, torch.zeros_like(t)
    for coefficient in reversed(ATANH):
        series = series * square + coefficient
    slope = odds * (above + larger) * divided
    # The last term is 0; autograd takes the slope from it.
    return fixed.relu() + 2 * t * series + slope * (values - fixed)
