"""A missing input is told before the checkpoint is read."""

import subprocess
import sys

import pytest

CODE = """
import sys
from lightning_contrast.commands.{command} import main
try:
    main({words})
except SystemExit as end:
    assert end.code == 2, end.code
assert "torch" not in sys.modules
"""


@pytest.mark.parametrize("command", ["predict", "embed", "search"])
def test_a_missing_input_is_told_before_torch_is_imported(command, tmp_path):
    (tmp_path / "no.ckpt").write_bytes(b"no checkpoint")
    words = [f"checkpoint={tmp_path}/no.ckpt", f"input={tmp_path}/none.txt"]
    words += {"predict": ["output=a.csv"], "embed": ["output=a.npy"], "search": []}[command]
    code = CODE.format(command=command, words=words)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"error: input: the file {tmp_path}/none.txt does not exist")
