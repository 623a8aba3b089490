"""Size and operations by hand; speed by what must hold on any machine."""

import json

import pytest
import torch

from lightning_contrast.evaluation import cost
from lightning_contrast.evaluation.cost import flops, learning, raw_rows
from lightning_contrast.evaluation.timing import timed
from lightning_contrast.metrics.peak_memory import peak_memory
from lightning_contrast.protocols.efficiency import Efficiency
from tests.protocols.untrained import untrained


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    subject = untrained(folder, "modality=image", "source=digits", "source.per_class=20")
    subject.checkpoint = folder / "checkpoints" / "best.ckpt"
    subject.checkpoint.parent.mkdir()
    subject.checkpoint.write_bytes(b"x" * 1234)
    return subject


def test_size_and_training_are_those_of_the_run(subject):
    figures = Efficiency([1], seconds=0.0)(subject).figures
    own = sum(p.numel() for p in subject.network.parameters())
    assert figures["efficiency/parameters"] == figures["efficiency/trainable_parameters"] == own
    assert figures["efficiency/parameter_bytes"] == 4 * own
    assert figures["efficiency/checkpoint_bytes"] == 1234
    assert "efficiency/train_seconds" not in figures
    result = {"train/seconds": 4.0, "train/steps": 10}
    (subject.directory / "result.json").write_text(json.dumps(result))
    figures = Efficiency([1], seconds=0.0)(subject).figures
    assert figures["efficiency/train_seconds"] == 4.0
    assert figures["efficiency/train_samples_per_second"] == 10 * 128 / 4


def test_operations_are_those_of_the_layers(subject):
    found: list[int] = []

    def count(layer, inputs, output):
        weights = layer.weight[0].numel()
        positions = output[0, 0].numel() if isinstance(layer, torch.nn.Conv2d) else 1
        found.append(2 * weights * layer.weight.shape[0] * positions)

    kinds = (torch.nn.Conv2d, torch.nn.Linear)
    layers = [m for m in subject.network.modules() if isinstance(m, kinds)]
    handles = [layer.register_forward_hook(count) for layer in layers]
    subject.network.predict(raw_rows(subject, 1))
    for handle in handles:
        handle.remove()
    assert flops(subject.network, raw_rows(subject, 3)) == sum(found) > 0


def test_speed_is_said_for_every_batch_size(subject):
    found = Efficiency(batch_sizes=[1, 8], seconds=0.0)(subject)
    for batch in (1, 8):
        key = f"efficiency/batch_{batch}"
        low, high = (found.figures[f"{key}/latency_{p}_ms"] for p in ("p50", "p95"))
        assert 0 < low <= high
        assert found.figures[f"{key}/samples_per_second"] > 0
        assert found.figures[f"{key}/training_samples_per_second"] > 0
    assert found.tables["speed"].columns == ("rows at a time", "1", "8")
    assert all(len(row) == 3 for row in found.tables["speed"].rows)


def test_timing_changes_nothing_in_the_classifier(subject):
    before = {k: v.clone() for k, v in subject.network.state_dict().items()}
    Efficiency(batch_sizes=[4], seconds=0.0)(subject)
    assert all(torch.equal(v, before[k]) for k, v in subject.network.state_dict().items())
    assert all(p.grad is None for p in subject.network.parameters())


def test_energy_is_counted_where_there_is_a_counter_and_else_said_to_be_absent(
    subject, monkeypatch
):
    monkeypatch.setattr(cost, "energy_counter", lambda: None)
    found = Efficiency(batch_sizes=[4], seconds=0.0)(subject)
    assert "efficiency/batch_4/joules_per_sample" not in found.figures
    assert any("Energy: this machine offers no counter" in note for note in found.notes)
    monkeypatch.setattr(cost, "energy_counter", lambda: lambda: 40.0)
    found = Efficiency(batch_sizes=[4], seconds=0.0)(subject)
    assert found.figures["efficiency/batch_4/joules_per_sample"] == 40 / (4 * 5)
    assert not any("Energy" in note for note in found.notes)


def test_a_timing_ends_with_its_budget():
    assert len(timed(lambda: None, 0.0, torch.device("cpu")).seconds) == 5
    assert 5 < len(timed(lambda: None, 0.01, torch.device("cpu")).seconds) <= 1000


def test_peak_memory_holds_what_the_work_takes():
    device = torch.device("cpu")
    little, much = (peak_memory(lambda n=n: torch.ones(n), device) for n in (1000, 80_000_000))
    assert much - little > 250e6


def test_where_nothing_learns_there_is_no_training_speed(tmp_path):
    words = ("modality=image", "source=digits", "source.per_class=9", "projector=identity")
    frozen = untrained(tmp_path, *words, "head=prototype")
    frozen.network.encoder.requires_grad_(False)
    assert learning(frozen.network, raw_rows(frozen, 2)) is None
    found = Efficiency(batch_sizes=[2], seconds=0.0)(frozen)
    assert any("nothing of this classifier learns" in note for note in found.notes)
