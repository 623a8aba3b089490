"""The commands and the Python of the README files run, cut short, where all that they name exists.

Left out is what other tests run (``cut_short.ELSEWHERE``).
"""

import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from lightning_contrast.commands.cli import main
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.fashion_mnist import CHECKSUMS
from lightning_contrast.training.run import train
from tests.cut_short import PROGRAM, SHORT, cut_short, elsewhere, of_script
from tests.inference.commands import called
from tests.made_emoji import write_emoji, write_names
from tests.made_pairs import write_scored
from tests.made_ratings import write_ratings
from tests.made_spans import write_newspaper
from tests.pages import PAGES, ROOT, blocks, named, sessions
from tests.runs import composed, write_news

pytestmark = [pytest.mark.readme, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the data, the checkpoints and the runs that the pages name."""
    folder = tmp_path_factory.mktemp("place")
    for name in ("experiments", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    _write_data(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_DATA_DIRS", str(folder / "share"))
        patch.setenv("WANDB_MODE", "offline")
        programs = [str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        patch.setenv("PATH", ":".join(programs))
        patch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'lightning_contrast' / 'plugin'}")
        table = [f"source.path={folder / 'news.csv'}", "source.text_column=body"]
        _trained(folder / "runs/DAY/TIME_NAME", "source=table", *table, "source.label_column=topic")
        for seed in "01":
            own = folder / "runs/multirun/DAY/TIME" / seed
            _trained(own, "source.per_class=50", f"seed={seed}")
            agent = ("modality=moment", "recipe=contrastive_rl", f"seed={seed}")
            _trained(folder / "runs/agents" / seed, *agent, logger="csv")
        shutil.copy(own / "checkpoints/best.ckpt", "STUDENT.ckpt")
        shutil.copy("runs/agents/0/checkpoints/best.ckpt", "AGENT.ckpt")
        for name, source in (("PHOTOS", "digits"), ("FASHION", "fashion_mnist")):
            words = ("modality=image", f"source={source}", "source.per_class=50")
            _trained(folder / name, *words)
            shutil.copy(folder / name / "checkpoints/best.ckpt", f"{name}.ckpt")
        shutil.copy("FASHION.ckpt", "FASHION_CROSS_ENTROPY.ckpt")
        _trained(folder / "MAKER", "modality=image", "source.per_class=50", "recipe=contragan")
        shutil.copy("MAKER/checkpoints/best.ckpt", "GENERATOR.ckpt")
        writer = ("source.label_column=topic", "recipe=simctg")
        _trained(folder / "WRITER", "source=table", *table, *writer)
        shutil.copy("WRITER/checkpoints/best.ckpt", "WRITER.ckpt")
        for name in ("BEST", "A", "B", "C", "SUPCON", "CROSS_ENTROPY", "best"):
            shutil.copy("runs/DAY/TIME_NAME/checkpoints/best.ckpt", f"{name}.ckpt")
        for page in PAGES:
            for block in blocks(page):
                if block.file:
                    (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
                    (folder / block.file).write_text(block.content)
        yield folder


def _write_data(folder: Path) -> None:
    head, *rows = write_news(folder / "new.csv").read_text().splitlines()
    assert head == "text,label"
    lines = [f"{number},{row}" for number, row in enumerate(rows)]
    (folder / "news.csv").write_text("\n".join(["id,body,topic", *lines]))
    (folder / "texts.txt").write_text("\n".join(row.split(",")[0] for row in rows))
    (folder / "data/sentiment").mkdir(parents=True)
    write_ratings(folder / "data/sentiment")
    write_emoji(folder / "data/emoji")
    write_names(folder / "data/emoji/names.jsonl")
    _write_dictionaries(folder / "data")
    write_newspaper(folder / "data/peoples_daily")
    for name in ("simlex", "wordsim"):
        write_scored(folder / f"data/word_pairs/{name}.jsonl", sides=True)
    _write_packages(folder / "bin/apt-cache")
    digits = Digits().load()
    for row in range(600):
        path = folder / f"photos/{digits.label[row]}/{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digits.raw[np.array([row])][0, 0].numpy()).save(path)
    for name in ("quotes/proverbs.txt", "quotes/verses.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(
            "\n".join(f"{name} says {row % 7} and {row}" for row in range(90))
        )
    idx = folder / "share/datasets/fashion-mnist"
    idx.mkdir(parents=True)
    for name in CHECKSUMS:
        shape = (600, 28, 28) if "images" in name else (600,)
        data = np.random.default_rng(0).integers(256, size=shape) if "images" in name else None
        data = np.arange(600) % 10 if data is None else data
        header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">i4").tobytes()
        (idx / f"{name}.gz").write_bytes(gzip.compress(header + data.astype(np.uint8).tobytes()))


def _write_dictionaries(folder: Path) -> None:
    for name, languages in (
        ("freedict", ("de", "es", "fr", "it", "ja", "pl", "pt", "tr")),
        ("mueller", ("ru",)),
        ("cc_cedict", ("zh",)),
    ):
        pairs = [{"language": each, "word": "cara", "english": "face"} for each in languages]
        (folder / name).mkdir(parents=True)
        (folder / name / "pairs.jsonl").write_text("\n".join(map(json.dumps, pairs)))


def _write_packages(program: Path) -> None:
    """A stand-in of apt-cache: 240 packages with tags."""
    kinds = ("use::editing", "use::viewing, works-with::text", "works-with::pictures")
    told = [
        f"Package: p{row}\nDescription-en: it {kinds[row % 3][5:9]} {row}\nTag: {kinds[row % 3]}\n"
        for row in range(240)
    ]
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(told) + "END\n")
    program.chmod(0o755)


def _trained(folder: Path, *words: str, logger: str = "none") -> None:
    short = ["trainer.max_epochs=1", f"logger={logger}", *SHORT]
    config = composed(*words, *short)
    train(config, folder)
    (folder / ".hydra").mkdir()
    (folder / ".hydra/config.yaml").write_text(yaml.safe_dump(config))


def _commands() -> list[Any]:
    found = {tuple(session): named(page) for page in PAGES for session in sessions(page)}
    run = {session: page for session, page in found.items() if not all(map(elsewhere, session))}
    return [pytest.param(lines, id=f"{page}: {lines[0]}") for lines, page in run.items()]


@pytest.mark.parametrize("session", _commands())
def test_the_commands_of_a_block_run(session, place):
    for line in session:
        if elsewhere(line):
            continue
        if line.startswith("python "):
            done = subprocess.run(of_script(line), capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        elif " | " in line or "strategy=" in line:
            words = cut_short(line) if "strategy=" in line else None
            shell = line if words is None else shlex.join(["lightning-contrast", *words])
            done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        else:
            assert line.startswith(PROGRAM), line
            words = shlex.split(line)[1:]
            if words[0] == "evaluate" and ("robustness" in line or "protocols=" not in line):
                words.append("protocols.robustness.rows=30")
            if words[0] == "generate":
                shutil.rmtree("made", ignore_errors=True)  # of another page
            words = cut_short(line) if words[0] == "train" else words
            assert called(main, *words) == 0, line


def test_the_python_of_the_other_pages_runs(place, capsys):
    for page in PAGES:
        names: dict = {}
        for block in blocks(page):
            if page.parent != ROOT and block.language == "python" and block.file is None:
                exec(compile(block.content, named(page), "exec"), names)
    assert (place / "vectors.npy").is_file()
    assert (place / "exported/model.onnx").is_file()
