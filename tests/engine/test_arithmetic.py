"""Softplus as a compiled block forms it."""

import torch

from lightning_contrast.engine.arithmetic import _short_softplus, pair_softplus


def points() -> torch.Tensor:
    return torch.cat([torch.linspace(-120, 120, 4801), torch.tensor([-1e30, -1e-6, 0, 1e-6, 1e30])])


def value_and_slope(function, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    x = x.clone().requires_grad_()
    value = function(x)
    value.sum().backward()
    return value.detach().double(), x.grad.double()


def exact(x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.softplus(x, threshold=1000)


def test_value_and_slope_are_right_to_the_digits_of_float32():
    for function in (_short_softplus, pair_softplus):
        value, slope = value_and_slope(function, points())
        expected, ascent = value_and_slope(exact, points().double().clamp(-80, 1e30))
        torch.testing.assert_close(value, expected, rtol=5e-7, atol=1e-34)
        torch.testing.assert_close(slope, ascent, rtol=5e-7, atol=2e-35)


def test_a_compiled_block_takes_the_short_form():
    x = points()
    compiled = torch.compile(pair_softplus, backend="eager", fullgraph=True)
    assert torch.equal(compiled(x), _short_softplus(x))
    assert not torch.equal(pair_softplus(x), _short_softplus(x))


def test_float64_keeps_all_its_digits():
    x = points().double()[:4801]
    for ours, theirs in zip(
        value_and_slope(pair_softplus, x), value_and_slope(exact, x), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-14, atol=1e-34)
