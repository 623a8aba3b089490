"""A compiler that fails costs a warning, not the run."""

import pytest
import torch
from torch._dynamo.exc import BackendCompilerFailed

from lightning_contrast.batch import SLOTS
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.engine.compiling import (
    EXACT,
    Compiled,
    packed,
    unpacked,
    worth_compiling,
)
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.testing.rows import ScoredLabels, batch_for
from lightning_contrast.types import Rows
from tests.choices import build, names

GROUPS = ("pairing", "miner", "loss")


@pytest.fixture
def broken_compiler(monkeypatch):
    def backend(graph, inputs):
        raise OSError("g++ has no headers")

    compile = torch.compile
    monkeypatch.setattr(
        torch, "compile", lambda function, **options: compile(function, backend=backend)
    )


def test_where_the_compiler_fails_the_fallback_runs_with_one_warning(broken_compiler):
    function = Compiled(lambda x: (x + 1.5).exp().sum(), lambda x: x.sum() + 100)
    x = torch.ones(64)
    with pytest.warns(UserWarning, match="engine.compile=false"):
        assert function(x) == 164
    assert function(x) == 164


def test_who_insists_on_compiling_sees_the_failure(broken_compiler):
    function = Compiled(lambda x: (x + 2.5).exp().sum(), torch.sum, insist=True)
    with pytest.raises(BackendCompilerFailed, match="no headers"):
        function(torch.ones(64))


def test_a_sweep_in_one_process_compiles_the_block_of_its_tenth_job_too(monkeypatch):
    """Torch counts what it compiles of one piece of code, and from the ninth on runs it eagerly."""
    compile = torch.compile
    monkeypatch.setattr(
        torch, "compile", lambda f, options, **rest: compile(f, backend="eager", **rest)
    )

    def block(name: str):
        return lambda x: getattr(x, name)() if torch.compiler.is_compiling() else None

    x = torch.ones(2)
    for name in ("exp", "sin", "cos", "tanh", "erf", "log1p", "sqrt", "neg", "square", "atan"):
        function = Compiled(block(name), block(name), insist=True)
        assert torch.equal(function(x), getattr(x, name)())


def test_few_candidates_are_not_worth_it_and_no_compiler_is_no_error(monkeypatch):
    assert not worth_compiling(2047, torch.device("cpu"))
    monkeypatch.setenv("PATH", "")
    assert not worth_compiling(10**6, torch.device("cpu"))


KNOWN = {"embedding_size": 4, "classes": 4, "scores": torch.rand(4), "groups": [0, 0, 1, 1]}
KNOWN |= {"actions": [0, 1, 0, 1], "ends": [1, 1, 3, 3]}


@pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group in GROUPS for name in names(group)]
)
def test_a_block_is_one_graph(group, name):
    """A break in it (an enum, a number read from a tensor) would run the block eagerly."""
    sample = torch.arange(8, dtype=torch.int32)
    role = sample % 2
    x = torch.nn.functional.normalize(torch.rand(8, 4), dim=1)
    rows = Rows(x, sample // 4, sample // 2, role, SLOTS * (sample // 2) + role)
    parts = {
        "pairing": ScoredLabels(),
        "miner": build("miner", "keep_all"),
        "loss": build("loss", "supcon"),
        group: build(group, name, **KNOWN),
    }
    teacher = Teacher("any", embedding_size=4)
    teacher.hold(torch.rand(4, 4), torch.arange(4))
    engine = Contrast(**parts, teacher=teacher.taught)
    torch._dynamo.reset()
    block = torch.compile(engine.score, backend="eager", fullgraph=True)
    anchors, candidates = batch_for(engine.loss, rows)
    similarity = anchors.embedding @ candidates.embedding.T
    total, _ = block(similarity, dict(engine.loss.named_parameters()), anchors, candidates)
    assert total.isfinite()


def test_packed_columns_come_back_whatever_their_numbers():
    numbers = torch.tensor([-1, 0, EXACT - 1, EXACT, EXACT + 1, 2**31 - 1], dtype=torch.int32)
    for column in numbers[:, None].repeat(1, 3):
        rows = Rows(torch.eye(3), column, column.flip(0), column, column)
        there = packed(rows)
        assert (there.label.dtype == torch.float32) == (column.max() <= EXACT)
        for before, after in zip(rows, unpacked(there), strict=True):
            assert torch.equal(before, after) and before.dtype == after.dtype


def test_no_rows_are_packed_too():
    rows = Rows(torch.zeros(0, 2), *torch.zeros(4, 0, dtype=torch.int32))
    assert all(map(torch.equal, rows, unpacked(packed(rows))))
