"""What a run's baselines compute, beside the figures that ``test_run`` looks at."""

import torch

from lightning_contrast.modules.network import Network
from lightning_contrast.training import baselines
from lightning_contrast.training.run import train
from tests.protocols.untrained import untrained
from tests.runs import composed, write_news


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


def test_without_a_validation_the_last_weights_are_the_baseline(tmp_path):
    table = write_news(tmp_path / "news.csv")
    words = ["source=table", f"source.path={table}", "quiet=true", "logger=none", "callbacks=[]"]
    words += ["trainer.max_epochs=1", "trainer.check_val_every_n_epoch=10", "baselines=true"]
    result = train(composed(*words, "protocols=[]", "trainer.accelerator=cpu"), tmp_path / "run")
    assert result["baseline/cross_entropy/test/accuracy"] > 0.5
