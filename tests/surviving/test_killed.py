"""kill -9, at any moment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_run_of_two_ranks_of_which_one_is_killed_ends_bit_for_bit_like_the_run_left_alone(
    tmp_path,
):
    words = [sys.executable, "-m", "tests.surviving.killed_rank", str(tmp_path), "20"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["wrong"] == {}
    assert len(set(found["steps"])) > 3


@pytest.mark.slow
def test_a_run_killed_at_any_of_20_moments_ends_bit_for_bit_like_the_run_left_alone(tmp_path):
    words = [sys.executable, "-m", "tests.surviving.killed", str(tmp_path), "20"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["wrong"] == {}
    assert found["half_written"] >= 5, "some of the kills fell into the writing of a checkpoint"
    assert len(set(found["steps"])) > 3
    assert 0 < max(found["steps"]) <= found["all"]
