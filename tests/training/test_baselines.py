"""What a run's baselines compute, beside the figures that ``test_run`` looks at."""

import torch

from lightning_contrast.modules.network import Network
from lightning_contrast.training import baselines
from tests.protocols.untrained import untrained
from tests.runs import write_news


def test_an_encoder_that_nothing_trained_gives_its_features_once(tmp_path, monkeypatch):
    table = write_news(tmp_path / "news.csv")
    run = untrained(tmp_path, "source=table", f"source.path={table}", "quiet=true", fit_head=False)
    sides = [run.train, run.all_validation, run.all_test]
    encode, calls = Network.encode_as_trained, []

    def counted(network, inputs):
        calls.append(network)
        return encode(network, inputs)

    monkeypatch.setattr(Network, "encode_as_trained", counted)
    once = baselines.untrained(run)
    assert not calls and len(once) > 4
    with torch.no_grad():
        next(run.network.encoder.parameters()).add_(1)  # now it is another encoder
    assert baselines.untrained(run) == once
    assert len(calls) == len(sides)
