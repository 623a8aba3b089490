"""The checks of one's own parts, called by pytest in another folder."""

import subprocess
import sys

import pytest

from tests.pages import ROOT, blocks

PAGE = ROOT / "lightning_contrast" / "README.md"
HEAD = """
from lightning_contrast.losses.loss import Loss
from lightning_contrast.miners.miner import Miner
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.types import Pairs
"""
SLOPE = """
class Mine(Loss):
    def forward(self, similarity, pairs):
        counts = pairs.positive.any(1) & pairs.negative.any(1)
        pull = ((1 - similarity) * pairs.positive).sum(1)
        push = ((1 + similarity.{}) ** 2 * pairs.negative).sum(1)
        return ((pull + push) * counts).sum(), counts.sum()
"""
RIGHT, WRONG = HEAD + SLOPE.format("clone()"), HEAD + SLOPE.format("detach()")
MEAN = (
    HEAD
    + """
class Mine(Loss):
    def forward(self, similarity, pairs):
        gap = ((1 - similarity) * pairs.positive + (1 + similarity) * pairs.negative).sum(1)
        return gap.sum(), pairs.positive.new_tensor(len(gap), dtype=int)
"""
)
RANKS = (
    HEAD
    + """
from lightning_contrast.runtime.distributed import world_size

class Mine(Loss):
    def forward(self, similarity, pairs):
        counts = pairs.positive.any(1)
        return ((1 - similarity) * pairs.positive).sum() * world_size(), counts.sum()
"""
)
ADDS = (
    HEAD
    + """
class Mine(Miner):
    def __call__(self, similarity, pairs):
        return pairs._replace(negative=similarity < 2)
"""
)
ITSELF = (
    HEAD
    + """
class Mine(Pairing):
    def __call__(self, anchors, candidates):
        same = anchors.label[:, None] == candidates.label[None]
        return Pairs(same, ~same)
"""
)
SAME = (
    HEAD
    + """
class Mine(ShuffledSampler):
    def order(self, random):
        return self.labels.argsort()
"""
)


def run(folder, part, call):
    """The exit code and the output of pytest on a test of three lines."""
    (folder / "mine.py").write_text(part)
    name = call.partition("(")[0]
    test = f"from lightning_contrast.testing import {name}\nfrom mine import Mine\n\n"
    (folder / "test_mine.py").write_text(f"{test}def test_mine():\n    {call}\n")
    return pytest_in(folder)


def pytest_in(folder):
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_the_example_of_the_page_passes_where_its_files_stand(tmp_path):
    for block in blocks(PAGE):
        if block.language == "python" and block.file:
            (tmp_path / block.file).write_text(block.content)
    code, output = pytest_in(tmp_path)
    assert code == 0 and "3 passed" in output, output


@pytest.mark.slow
def test_a_loss_of_ones_own_passes(tmp_path):
    code, output = run(tmp_path, RIGHT, "check_loss(Mine())")
    assert code == 0, output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "call", "told"),
    [
        (WRONG, "check_loss(Mine())", "Jacobian mismatch"),
        (MEAN, "check_loss(Mine())", "labels [0"),
        (RANKS, "check_loss(Mine())", "Scalars are not close"),
        (ADDS, "check_miner(Mine())", "it makes pairs negative"),
        (ITSELF, "check_pairing(Mine())", "a row is its own pair"),
        (SAME, "check_sampler(Mine)", "5 rows never come up"),
    ],
    ids=["gradient", "no positive", "ranks", "more pairs", "its own pair", "no seed"],
)
def test_a_fault_of_a_part_of_ones_own_is_found(tmp_path, part, call, told):
    code, output = run(tmp_path, part, call)
    assert code == 1 and told in output, output
