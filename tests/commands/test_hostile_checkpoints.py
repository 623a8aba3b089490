"""Checkpoints that would run something: no command runs it, whatever part of them names it."""

import copy
import json
import zipfile

import pytest
import torch

from lightning_contrast.build.begin import start_from
from lightning_contrast.build.teacher import network_of
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.commands import act, embed, evaluate, export, generate, predict, search
from lightning_contrast.errors import InputError
from lightning_contrast.modules import load
from lightning_contrast.modules.checkpoint import KEY, PARTS
from lightning_contrast.training.run import train
from tests.conftest import QUICK
from tests.inference.commands import called
from tests.runs import composed, write_news

SMALL = ("source=table", "trainer.max_epochs=1", "datamodule.batch_size=30", *QUICK)
READS_NETWORK = {
    predict: ["input=rows.txt", "output=out.csv"],
    embed: ["input=rows.txt", "output=out.npy"],
    export: ["output=out", "formats=[pt2]"],
    search: ["query=w0x3"],
    evaluate: ["protocols=[]", "logger=none", "hydra.run.dir=run"],
    generate: ["prompt=w0x3"],
    act: [],
}
READS_RUN = (search, evaluate)
SEARCHED = ("source", "distribution")
EXAMINED = (*SEARCHED, "datamodule", "sampler", "positives", "negatives", "view", "pairing", "unit")
WAYS = [
    "lightning_contrast.commands.export.os.mkdir",  # what a module of the package imports
    "lightning_contrast.runtime.lock.os.mkdir",
    "os.mkdir",
]

OF_NO_CLASSIFIER = {"generator": "lightning_contrast.generators.upsampling.Upsampling"}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    table = write_news(folder / "news.csv")
    train(composed(f"source.path={table}", *SMALL), folder / "run")
    return torch.load(folder / "run/checkpoints/best.ckpt", weights_only=True)


@pytest.fixture
def tried(checkpoint, tmp_path, monkeypatch, capsys):
    """Runs a command on a changed checkpoint; the exit code, and whether something was run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.txt").write_text("w0x3 w0x4\n")

    def run(command, change):
        kept = copy.deepcopy(checkpoint)
        change(kept[KEY])
        torch.save(kept, "made.ckpt")
        code = called(command.main, *READS_NETWORK[command], "checkpoint=made.ckpt", "quiet=true")
        told = capsys.readouterr()
        assert code == 0 or (told.err.startswith("error: ") and told.err.count("\n") == 1), told.err
        return code, (tmp_path / "made").exists(), told.err

    return run


def payload(way="os.mkdir"):
    return {"_target_": way, "path": "made"}


NAMES = [module.__name__.rpartition(".")[2] for module in READS_NETWORK]
COMMANDS = pytest.mark.parametrize("command", READS_NETWORK, ids=NAMES)


@pytest.mark.parametrize(
    ("command", "way"),
    [(command, WAYS[0]) for command in READS_NETWORK] + [(predict, way) for way in WAYS[1:]],
    ids=NAMES + WAYS[1:],
)
def test_no_part_of_the_network_can_name_what_is_no_choice(command, way, tried):
    for part in PARTS if (command, way) == (predict, WAYS[0]) else PARTS[:1]:

        def replaced(kept, part=part):
            kept["network"][part] = payload(way)

        def inside(kept, part=part):
            own = kept["network"][part] or {"_target_": OF_NO_CLASSIFIER[part]}
            kept["network"][part] = {**own, "extra": [{"deep": payload(way)}]}

        for change in (replaced, inside):
            code, ran, line = tried(command, change)
            assert code == 2 and not ran
            assert f"the checkpoint names {way!r}" in line


def test_nor_can_a_checkpoint_that_training_begins_with_or_a_teacher(checkpoint, tmp_path):
    kept = copy.deepcopy(checkpoint)
    kept[KEY]["network"]["head"] = payload()
    torch.save(kept, tmp_path / "made.ckpt")
    with pytest.raises(InputError, match="as its head, which is no choice of"):
        start_from(None, str(tmp_path / "made.ckpt"))
    with pytest.raises(InputError, match="as its head, which is no choice of"):
        network_of(Teacher(str(tmp_path / "made.ckpt"), embedding_size=128))


@COMMANDS
def test_no_command_reads_the_environment_for_a_checkpoint(command, tried):
    def change(kept):
        kept["network"]["classes"][0] = "${oc.env:HOME}"

    code, _, line = tried(command, change)
    assert code == 2 and "asks for a value from outside" in line


@pytest.mark.parametrize(
    ("command", "group"),
    [(search, group) for group in SEARCHED] + [(evaluate, group) for group in EXAMINED],
    ids=lambda value: getattr(value, "__name__", value).split(".")[-1],
)
def test_no_part_of_the_run_that_is_built_again_can_name_what_is_no_choice(command, group, tried):
    def replaced(kept):
        kept["run"][group] = payload(WAYS[0])

    def inside(kept):
        kept["run"][group]["extra"] = payload(WAYS[0])

    for change in (replaced, inside):
        code, ran, line = tried(command, change)
        assert code == 2 and not ran
        assert f"the checkpoint names {WAYS[0]!r}" in line


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda kept: kept["network"]["encoder"].update({3: 4}), "holds 3 as a name"),
        (lambda kept: kept.update(temperature=float("nan")), "a temperature of nan"),
        (lambda kept: kept.update(temperature=0.0), "a temperature of 0.0"),
        (lambda kept: kept["network"].update(classes=[["a"], "b", "c"]), "classes are no texts"),
    ],
)
def test_values_that_no_run_writes_are_one_line(change, said, tried):
    code, _, line = tried(predict, change)
    assert code == 2 and said in line


def test_weights_that_are_not_finite_are_refused(checkpoint, tmp_path):
    kept = copy.deepcopy(checkpoint)
    name = next(name for name in kept["state_dict"] if name.startswith("network.encoder"))
    kept["state_dict"][name].view(-1)[0] = float("nan")
    torch.save(kept, tmp_path / "nan.ckpt")
    with pytest.raises(InputError, match=f"weights of {name.removeprefix('network.')} are not fin"):
        load(tmp_path / "nan.ckpt")


def test_a_checkpoint_that_would_fill_the_memory_is_refused_unread(checkpoint, tmp_path):
    torch.save(checkpoint, tmp_path / "own.ckpt")
    own = zipfile.ZipFile(tmp_path / "own.ckpt")
    with own, zipfile.ZipFile(tmp_path / "packed.ckpt", "w", zipfile.ZIP_DEFLATED) as packed:
        for member in own.infolist():
            packed.writestr(member.filename, own.read(member))
        packed.writestr("archive/data/99", bytes(50_000_000))
    with pytest.raises(InputError, match=r"claims to hold \d+,\d+,\d+"):
        load(tmp_path / "packed.ckpt")


def test_a_command_that_a_source_may_run_is_run_for_no_checkpoint(checkpoint, monkeypatch, tried):
    monkeypatch.setenv("LIGHTNING_CONTRAST_PIPES", "1")  # the user's own shards are allowed to

    def change(kept):
        name = "lightning_contrast.sources.shards.Shards"
        kept["run"]["source"] = {"_target_": name, "path": "{a..b}.tar::pipe:mkdir made"}

    for command in READS_RUN:
        code, ran, line = tried(command, change)
        assert code == 2 and not ran and "would run a command" in line


@pytest.mark.parametrize("name", ["..", "logs", "a/..", "last.ckpt/.."])
def test_only_a_checkpoint_of_its_own_folder_gives_way_to_a_better_one(name, tmp_path):
    from lightning_contrast.callbacks.best_checkpoint import BestCheckpoint

    best = BestCheckpoint(tmp_path, monitor="validation/accuracy")
    sent = best.state_dict() | {"best_k_models": {name: torch.tensor(0.0)}}
    with pytest.raises(InputError, match="as the best one: this package did not write it"):
        best.load_state_dict(sent)
    best.load_state_dict(sent | {"best_k_models": {"/other/run/best.ckpt": torch.tensor(0.0)}})
    assert list(best.best_k_models) == [str(tmp_path / "best.ckpt")]


@pytest.mark.parametrize("command", READS_RUN, ids=["search", "evaluate"])
def test_the_rest_of_the_run_is_never_built(command, tried):
    built = EXAMINED if command is evaluate else SEARCHED

    def change(kept):
        run = kept["run"]
        for group, value in run.items():
            if isinstance(value, dict) and group not in (*built, "module", "trainer"):
                run[group] = payload() | {"inside": payload()}
        for group in ("module", "trainer"):  # whose numbers are read
            run[group] |= payload()

    code, ran, _ = tried(command, change)
    assert code == 0 and not ran


def test_a_class_may_have_a_name_that_looks_like_an_interpolation(tmp_path):
    table = write_news(tmp_path / "news.csv")
    table.write_text(table.read_text().replace("class 0", "cost ${x}"))
    train(composed(f"source.path={table}", *SMALL), tmp_path / "run")
    best = tmp_path / "run/checkpoints/best.ckpt"
    (tmp_path / "rows.txt").write_text("w0x3 w0x4\n")
    out = tmp_path / "out.jsonl"
    words = (f"input={tmp_path}/rows.txt", f"output={out}", f"checkpoint={best}")
    assert called(predict.main, *words) == 0
    assert "cost ${x}" in json.loads(out.read_text())["probabilities"]
