"""Whole runs on a GPU: training, no waits in a step, precision, strategies, out of memory."""

import pytest
import torch
from pytorch_lightning import Callback, seed_everything
from sklearn.datasets import load_digits

from lightning_contrast.build import parts as build
from lightning_contrast.errors.memory import is_out_of_memory, out_of_memory
from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.modules import load
from lightning_contrast.training.run import train
from tests.choices import names
from tests.runs import composed, write_news

pytestmark = [
    pytest.mark.gpu,
    # torch of itself, while it compiles what a queue's columns need
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf"),
]
QUICK = ("quiet=true", "logger=csv", "trainer.accelerator=gpu", "trainer.devices=1")
DIGITS = ("modality=image", "source=digits", "trainer.max_epochs=4")
NEEDS = {"paired": "a column of pairs"}  # of the source
TEXT = {"simcse", "simcse_supervised"}


class NoWaits(Callback):
    """From the second batch on, whatever waits for the device in a step is an error."""

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if batch_idx:
            torch.cuda.set_sync_debug_mode("error")

    def on_before_zero_grad(self, trainer, module, optimizer):
        assert module.device.type == "cuda"

    def on_train_batch_end(self, *arguments):
        torch.cuda.set_sync_debug_mode("default")


def fit(config, folder, *callbacks):
    seed_everything(0, verbose=False)
    datamodule = build.build_datamodule(config)
    module = build.build_module(config, datamodule)
    trainer = build.build_trainer(config, folder, [], list(callbacks))
    try:
        trainer.fit(module, datamodule)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return module, datamodule, trainer


@pytest.mark.parametrize("recipe", [r for r in names("recipe") if r not in NEEDS])
def test_no_step_of_a_recipe_waits_for_the_device(recipe, tmp_path):
    extra = ["trainer.max_steps=6", "datamodule.batch_size=64"]
    words = DIGITS
    if recipe in TEXT:
        words = ("source=table", f"source.path={write_news(tmp_path / 'news.csv')}")
        extra[1] = "datamodule.batch_size=24"
    config = composed(*words, f"recipe={recipe}", *QUICK, *extra)
    assert fit(config, tmp_path, NoWaits())[2].global_step == 6


@pytest.mark.parametrize(
    "settings",
    [
        ("trainer.precision=32-true",),
        ("trainer.precision=bf16-mixed", "compile_encoder=true"),
        ("trainer.precision=16-mixed", "trainer.gradient_clip_val=1.0"),
        ("trainer.precision=bf16-mixed", "trainer.gradient_clip_val=1.0"),
        ("trainer.grad_cache=32", "trainer.precision=bf16-mixed"),
        ("recipe=moco",),
        ("strategy=ddp",),
        ("strategy=fsdp",),
        ("engine.compile=true",),
    ],
    ids=lambda words: ",".join(words),
)
def test_a_run_learns_and_its_checkpoint_predicts_alike_on_both(settings, tmp_path):
    torch._dynamo.reset()
    result = train(composed(*DIGITS, *QUICK, *settings), tmp_path)
    assert result["test/accuracy"] > (0.6 if settings == ("recipe=moco",) else 0.9)
    best = tmp_path / "checkpoints" / "best.ckpt"
    images = list((load_digits().images[:500] * 255 / 16).astype("uint8"))
    here = load(best).predict(images)
    there = load(best).cuda().predict(images)
    assert sum(a.label == b.label for a, b in zip(here, there, strict=True)) >= 490


def test_the_precision_of_products_is_that_of_the_config(tmp_path):
    for precision in ("high", "highest"):
        config = composed(
            *DIGITS, *QUICK, f"trainer.matmul_precision={precision}", "trainer.max_steps=1"
        )
        fit(config, tmp_path)
        assert torch.get_float32_matmul_precision() == precision


def test_two_runs_of_one_seed_are_one_run(tmp_path):
    runs = [train(composed(*DIGITS, *QUICK), tmp_path / str(n)) for n in range(2)]
    told = [
        {k: v for k, v in run.items() if k.startswith(("test/", "validation/"))} for run in runs
    ]
    assert told[0] == told[1]


def test_out_of_memory_names_the_setting(tmp_path):
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(2**28 / total)
    words = ("encoder=resnet", "datamodule.batch_size=1024", "sampler=shuffled")
    try:
        with pytest.raises(RuntimeError) as caught:
            fit(composed(*DIGITS, *QUICK, *words), tmp_path)
        assert is_out_of_memory(caught.value)
        line = out_of_memory(caught.value)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert line.startswith("out of memory in training: lower datamodule.batch_size")
    assert line.endswith("more were asked for)")


@pytest.mark.parametrize("k", [1, 20, 200])
def test_neighbours_are_those_of_the_cpu(k, device):
    generator = torch.Generator().manual_seed(0)
    query, gallery = (
        torch.randn(50, 16, generator=generator),
        torch.randn(900, 16, generator=generator),
    )
    there = nearest(query.to(device), gallery.to(device), k)
    here = nearest(query, gallery, k)
    torch.testing.assert_close(there[0].cpu(), here[0], rtol=1e-4, atol=1e-4)
