"""The commands on a trained model import what they need, and no library of training."""

import subprocess
import sys

import pytest

HEAVY = {"pytorch_lightning", "lightning_fabric", "torchmetrics", "pandas", "sklearn", "matplotlib"}
SCRIPT = """
import sys
from lightning_contrast.commands.cli import main

checkpoint, rows, folder = sys.argv[1:]
for words in (
    ["predict", f"input={rows}", f"output={folder}/labels.csv"],
    ["embed", f"input={rows}", f"output={folder}/vectors.npy"],
    ["search", f"input={rows}", f"output={folder}/found.jsonl"],
    ["export", f"output={folder}/exported", "formats=[pt2]"],
):
    main([*words, f"checkpoint={checkpoint}", "-q"])
    print(words[0], *sorted(name for name in sys.modules if "." not in name))
"""


@pytest.mark.slow
def test_predict_embed_search_and_export_import_no_library_of_training(bbc_run, tmp_path):
    (tmp_path / "rows.txt").write_text("Shares fell on Monday.\nThe striker scored twice.\n")
    words = [f"{bbc_run}/checkpoints/best.ckpt", f"{tmp_path}/rows.txt", str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = {line.split()[0]: set(line.split()[1:]) for line in done.stdout.splitlines()}
    assert list(loaded) == ["predict", "embed", "search", "export"]
    for name, modules in loaded.items():
        assert not HEAVY & modules, name
