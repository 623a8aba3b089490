"""Softplus of every pair of a block: value and slope of one exponential and one division."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import hardtanh

from lightning_contrast.engine.masked import FAR

FLAT = 40.0  # from there softplus is the identity, to the last digit of a float64
# atanh(t) / t in powers of t^2, to 4e-9 where t <= 1/3: the least largest error (Lawson's method).
ATANH = (1.0, 0.33333157, 0.20012455, 0.13980304, 0.1408917)


def softplus(values: Float[Tensor, "*rows"]) -> Float[Tensor, "*rows"]:
    r"""``log(1 + e^x)``; 0, to the last digit, below -80.

    A compiled block takes what a library's logarithm costs for many more digits than a float32 has.
    Here, with ``e = e^x``,

    .. math::
        \log(1 + e^x) = \max(x, 0) + 2\,\mathrm{atanh}(t) \qquad
        t = \frac{\min(e, 1)}{1 + e + \max(e, 1)} \le \frac13

    and the slope ``e / (1 + e)`` shares its division with ``t``.

    >>> softplus(torch.tensor([-100.0, 0.0, 100.0]))
    tensor([1.8049e-35, 6.9315e-01, 1.0000e+02])
    """
    if torch.compiler.is_compiling() and values.dtype == torch.float32:
        return _short(values)
    # What would underflow is cut off: its exponential takes ten times as long, and adds nothing.
    return nn.functional.softplus(nn.functional.threshold(values, -FAR, -FAR), threshold=FLAT)


def _short(values: Tensor) -> Tensor:
    fixed = values.detach()
    odds = hardtanh(fixed, -FAR, FLAT).exp()
    above, larger = 1 + odds, odds.clamp_min(1)
    divided = 1 / (above * (above + larger))
    t = odds.clamp_max(1) * above * divided
    square, series = t * t, torch.zeros_like(t)
    for coefficient in reversed(ATANH):
        series = series * square + coefficient
    slope = odds * (above + larger) * divided
    # The last term is 0, and has the slope.
    return fixed.relu() + 2 * t * series + slope * (values - fixed)
