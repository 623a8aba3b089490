"""What `from lightning_contrast import ...` gives, and what the import alone costs."""

import subprocess
import sys

import pytest

import lightning_contrast
from tests.commands.test_cli import HEAVY


@pytest.mark.parametrize("name", lightning_contrast.__all__)
def test_each_public_name_is_the_thing_that_its_room_defines(name):
    thing = getattr(lightning_contrast, name)
    assert thing.__name__ == name
    assert thing.__module__.startswith("lightning_contrast")
    assert name in dir(lightning_contrast)


def test_there_are_a_dozen_names_at_most_and_another_is_an_attribute_error():
    assert len(lightning_contrast.__all__) <= 12
    with pytest.raises(AttributeError, match="has no attribute 'Contrasts'"):
        _ = lightning_contrast.Contrasts


def test_importing_the_package_imports_nothing_heavy():
    script = "import sys, lightning_contrast; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert not HEAVY & loaded
    assert {name for name in loaded if name.startswith("lightning_contrast")} == {
        "lightning_contrast"
    }


def test_a_checkpoint_is_loaded_whatever_its_modality(digits_run):
    network = lightning_contrast.load(digits_run / "checkpoints" / "best.ckpt")
    assert isinstance(network, lightning_contrast.Network) and network.modality == "image"
