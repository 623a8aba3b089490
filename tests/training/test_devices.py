"""How many processes, and what is refused before any is started."""

import os

import pytest

from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError
from lightning_contrast.errors.explain import explain
from lightning_contrast.training.devices import count_devices, ranks_to_start
from tests.runs import composed

STARTED = ("LOCAL_RANK", "SLURM_NTASKS", "SLURM_JOB_NAME", "NODE_RANK", "MASTER_ADDR")


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    for name in STARTED:
        monkeypatch.delenv(name, raising=False)


def wanted(*words: str) -> int:
    return ranks_to_start(composed("trainer.accelerator=cpu", *words))


@pytest.mark.parametrize(
    ("devices", "count"), [(1, 1), (2, 2), ("2", 2), ([0], 1), ("0,1", 2), ("auto", 1), (-1, 1)]
)
def test_devices_are_a_number_a_list_or_all(devices, count):
    assert count_devices(devices, "cpu") == count


def test_processes_are_started_for_several_devices_alone():
    assert wanted("strategy=ddp") == 2
    assert wanted("strategy=fsdp") == 2
    assert wanted("strategy=ddp", "trainer.devices=1") == 0
    assert wanted() == 0
    assert wanted("strategy=ddp_spawn") == 0, "Lightning starts those"


def test_a_cpu_has_no_synchronised_batch_norm():
    assert wanted("trainer.sync_batchnorm=true") == 0, "one process has nothing to synchronise"
    for devices in (1, 2):
        with pytest.raises(InputError, match=r"set trainer\.sync_batchnorm=false"):
            wanted("strategy=ddp", f"trainer.devices={devices}", "trainer.sync_batchnorm=true")


def test_a_gpu_that_is_not_there_is_told_with_the_mend(monkeypatch):
    monkeypatch.setattr("torch.accelerator.is_available", lambda: False)
    with pytest.raises(InputError, match=r"accelerator=gpu: .* set trainer\.accelerator=auto"):
        count_devices(1, "gpu")


def test_no_rank_starts_ranks(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert wanted("strategy=ddp") == 0
    monkeypatch.delenv("LOCAL_RANK")
    monkeypatch.setenv("SLURM_NTASKS", "2")
    assert wanted("strategy=ddp") == 0
    monkeypatch.setenv("SLURM_JOB_NAME", "bash")  # a shell of salloc: one task
    assert wanted("strategy=ddp") == 2


def test_several_nodes_need_to_know_each_other(monkeypatch):
    words = ("strategy=ddp", "trainer.num_nodes=2", "trainer.devices=1")
    with pytest.raises(InputError, match="needs MASTER_ADDR, MASTER_PORT and NODE_RANK"):
        wanted(*words)
    for name, value in {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1", "NODE_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert wanted(*words) == 1


class Unshared:
    """A sampler that knows nothing of ranks."""

    def __init__(self, labels, batch_size, seed):
        pass


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("strategy=ddp trainer.devices=4000", "trainer.devices must be at most"),
        ("strategy=ddp trainer.devices=0", "trainer.devices must be a number from 1 up"),
        ("strategy=ddp trainer.devices=many", "a list of devices, or auto, got 'many'"),
        ("trainer.num_nodes=0", "trainer.num_nodes must be a whole number from 1 up, got 0"),
        (
            f"strategy=ddp sampler._target_={__name__}.Unshared",
            "sampler Unshared can't be shared out among 2 ranks: its constructor takes no rank and",
        ),
    ],
)
def test_what_cannot_run_is_refused_before_a_process_is_started(words, said):
    assert "LOCAL_RANK" not in os.environ
    with pytest.raises(InputError) as refusal:
        wanted(*words.split())
    assert said in str(refusal.value)


def test_deepspeed_says_what_to_install():
    strategy = composed("strategy=deepspeed")["trainer"]["strategy"]
    with pytest.raises(InputError) as refusal:
        construct(strategy)
    line = "package 'deepspeed' is not installed: pip install 'lightning-contrast[deepspeed]'"
    assert explain(refusal.value) == line
