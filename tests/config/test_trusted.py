"""A checkpoint names choices of the package's groups and nothing else; nothing else is imported."""

import importlib
import pkgutil
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lightning_contrast
from lightning_contrast.config.part import Part
from lightning_contrast.config.plain import check_plain
from lightning_contrast.config.trusted import GROUPS, check_trusted
from lightning_contrast.errors import InputError
from lightning_contrast.modules.checkpoint import load
from tests.choices import config, names


def reachable() -> list[str]:
    """Every public attribute of every module of the package, and what it merely imports."""
    names = []
    for found in pkgutil.walk_packages(lightning_contrast.__path__, "lightning_contrast."):
        if "hydra_plugins" in found.name or "plugin" in found.name:
            continue
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if not name.startswith("_"):
                names.append(f"{found.name}.{name}")
                inner = [n for n in dir(value) if not n.startswith("_")] if callable(value) else []
                names += [f"{found.name}.{name}.{n}" for n in inner[:20]]
    return names


@pytest.mark.parametrize("name", sorted({*names("environment")} - {"gymnasium"}))
def test_an_agent_of_any_environment_of_the_package_plays(name):
    check_trusted("environment", config("environment", name))


def test_of_all_that_can_be_reached_only_choices_of_groups_are_let_through():
    reached, through = reachable(), set()
    assert len(reached) > 5000
    for group in {*GROUPS.values(), "module", "preprocess", "datamodule"}:
        for name in reached:
            try:
                check_trusted(group, {"_target_": name})
            except InputError:
                continue
            through.add(name)
    listed = (
        "tokenizer.Tokenizer",
        "image_reader.ImageReader",
        "mixed_reader.MixedReader",
        "moment_reader.MomentReader",
        "DataModule",
    )
    for name in through:
        module, _, kind = name.rpartition(".")
        found = getattr(sys.modules[module], kind)
        assert found.__module__ == module
        assert issubclass(found, Part) or name.endswith(listed)
    assert {"lightning_contrast.losses.supcon.SupCon"} <= through
    assert not [name for name in through if "Path" in name or "load" in name]


@pytest.mark.parametrize("name", sorted(names("protocols")))
def test_evaluate_takes_the_protocols_that_a_run_was_trained_with(name):
    check_trusted("protocols", config("protocols", name))


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "lightning_contrast.evaluation.load.Path.write_text",
        "lightning_contrast.modules.checkpoint.torch.load",
        "lightning_contrast.losses.supcon.nn.Linear",
        "lightning_contrast.losses.supcon.supcon",
        "lightning_contrast.losses.loss.Loss.load_state_dict",
        "lightning_contrast..os.system",
        "torch.hub.load",
        "",
        None,
        ["os.system"],
    ],
)
def test_nothing_else_is_named(target):
    with pytest.raises(InputError):
        check_trusted("loss", {"_target_": target})
    with pytest.raises(InputError):
        check_trusted(
            "loss",
            {
                "_target_": "lightning_contrast.losses.supcon.SupCon",
                "deep": [{"anywhere": {"_target_": target}}],
            },
        )


def test_a_module_that_nobody_trusts_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "payload.py").write_text("raise SystemExit('ran')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="if you trust it"):
        check_trusted("loss", {"_target_": "payload.Loss"})
    assert "payload" not in sys.modules


@settings(max_examples=100)
@given(
    st.recursive(
        st.just({"_target_": "os.system", "command": "false"}) | st.text() | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_hostile_nestings_are_refused(value):
    config = {"_target_": "lightning_contrast.losses.supcon.SupCon", "temperature": value}
    if "os.system" in repr(value):
        with pytest.raises(InputError, match=r"names 'os.system'"):
            check_trusted("loss", config)
    else:
        check_trusted("loss", config)


@pytest.mark.parametrize(
    "value", ["${oc.env:HOME}", {"a": ["${b}"]}, {"${x}": 1}, object(), (1, 2), {1: torch.ones(1)}]
)
def test_only_plain_values_without_interpolations_are_read(value):
    with pytest.raises(InputError, match="the checkpoint holds"):
        check_plain(value)


@pytest.mark.parametrize("part", ["run", "encoder", "preprocess"])
def test_a_changed_checkpoint_is_refused(part, bbc_run, tmp_path):
    checkpoint = torch.load(bbc_run / "checkpoints/best.ckpt", weights_only=True)
    kept = checkpoint["lightning_contrast"]
    evil = {"_target_": "lightning_contrast.evaluation.load.Path.write_text", "data": "${a}"}
    if part == "run":
        kept["run"]["source"] = evil
    else:
        described = next(v for v in kept.values() if isinstance(v, dict) and part in v)
        described[part] = evil
    torch.save(checkpoint, tmp_path / "evil.ckpt")
    with pytest.raises(InputError, match="the checkpoint"):
        load(tmp_path / "evil.ckpt")


def test_all_packages_that_are_to_be_trusted_are_named_at_once():
    own = {"_target_": "my_encoder.Own", "inner": [{"_target_": "mine.parts.View"}]}
    run = {"source": {"_target_": "my_source.Rows"}, "loss": {"_target_": "builtins.dict"}}
    with pytest.raises(InputError) as caught:
        check_trusted("encoder", own, ("mine.",), [own, run["source"]])
    line = str(caught.value)
    assert "names 'my_encoder.Own' as its encoder" in line
    assert "set trust=[my_encoder,my_source] on the command line" in line
    assert "trust=('my_encoder', 'my_source',) to load" in line
