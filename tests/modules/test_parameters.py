import torch
from torch import nn

from lightning_contrast.modules.parameters import make_optimizer, parameter_groups

PARTS = nn.ModuleDict(
    {"network": nn.ModuleDict({"encoder": nn.Linear(3, 4), "head": nn.Linear(4, 2)})}
)


def of_head(factor):
    return lambda name: factor if ".head." in name else 1.0


def test_parameters_of_equal_settings_share_a_group():
    for factor, sizes in ((1.0, [2, 2]), (2.0, [1, 1, 1, 1])):
        groups = parameter_groups(PARTS.named_parameters(), 0.1, of_head(factor))
        assert [len(group["params"]) for group in groups] == sizes
    assert [group["lr"] for group in groups] == [0.1, 0.1, 0.2, 0.2]


def test_an_optimizer_that_hides_its_rate_gets_no_rates():
    def hides(groups):
        assert not any("lr" in group for group in groups)
        return torch.optim.SGD(groups, lr=0.1)

    optimizer = make_optimizer(hides, PARTS.named_parameters(), of_head(2.0), clipped=False)
    assert {group["lr"] for group in optimizer.param_groups} == {0.1}
