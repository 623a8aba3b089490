"""What the peers of scripts/bench/peers are given, and the table of what is measured."""

import torch
from bench.peers.plain_convnet import convnet
from bench.peers.side_by_side import HERE, TASKS, lines

from lightning_contrast.encoders.convnet import ConvNet


def test_the_plain_convnet_is_ours():
    ours, plain = ConvNet(channels=1, image_size=28).eval(), convnet().eval()
    weights = zip(plain.state_dict().values(), ours.state_dict().values(), strict=True)
    for own, given in weights:
        own.copy_(given)
    images = torch.rand(3, 1, 28, 28)
    assert torch.allclose(plain(images), ours(images), atol=1e-6)


def test_every_task_has_a_script_with_requirements_of_its_own():
    for task in TASKS.values():
        assert (HERE / f"with_{task.peer}.py").is_file() and (HERE / f"{task.peer}.txt").is_file()


def test_the_table_has_means_and_deviations():
    def one(accuracy, cpu):
        return {"accuracy": accuracy, "process": cpu, "train": cpu / 2, "peak": 100.0}

    found = {"simclr": [{"lightly": one(0.8, 10), "ours": one(0.9, n)} for n in (4, 6)]}
    assert lines(found)[2:] == [
        "| simclr | lightly | 80.00 ± 0.00 | 10.0 ± 0.0 | 5.0 ± 0.0 | 100.0 ± 0.0 |",
        "| simclr | ours | 90.00 ± 0.00 | 5.0 ± 1.4 | 2.5 ± 0.7 | 100.0 ± 0.0 |",
    ]
