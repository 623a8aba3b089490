from functools import partial

import torch
from torch import nn

from lightning_contrast.modules.parameters import parameter_groups


class Parts(nn.Module):
    def __init__(self, optimizer, head_lr_factor=1.0):
        super().__init__()
        self.encoder, self.head = nn.Linear(3, 4), nn.Linear(4, 2)
        self.optimizer, self.head_lr_factor = optimizer, head_lr_factor


def test_parameters_of_equal_settings_share_a_group():
    optimizer = partial(torch.optim.SGD, lr=0.1)
    assert [len(group["params"]) for group in parameter_groups(Parts(optimizer))] == [2, 2]
    assert len(parameter_groups(Parts(optimizer, head_lr_factor=2.0))) == 4


def test_an_optimizer_that_hides_its_rate_gets_no_rates():
    groups = parameter_groups(Parts(lambda groups: torch.optim.SGD(groups, lr=0.1), 2.0))
    assert not any("lr" in group for group in groups)
