"""How each command of the README files is cut short; ``test_readme_runs.py`` runs them so."""

import re
import shlex
import sys

PROGRAM = "lightning-contrast "
ELSEWHERE = {
    "./scripts/run": "test_scripts.py",
    "./scripts/test": "test_scripts.py",
    "./scripts/fetch_data": "test_fetch_data.py",
    "./scripts/wandb_sync": "loggers/test_sync.py",
    "./scripts/wandb_workspace": "loggers/test_workspace.py",
    "./scripts/local_slurm": "slurm/conftest.py",
    "./scripts/experiment": "test_arms.py",
    "sbatch": "slurm/test_slurm.py",
    PROGRAM + "train -m cluster=slurm": "slurm/test_slurm.py",
    "pytest": "",
    "source .venv": "",
    "pre-commit": "",
    "tensorboard": "loggers/test_tensorboard.py",
    "python scripts/bench/losses.py --device cuda": "gpu/test_losses.py",
    "python scripts/bench/peers/side_by_side.py": "test_peers.py",  # it downloads gigabytes
}
SHORT = [
    *("trainer.limit_train_batches=2", "trainer.limit_val_batches=2", "trainer.accelerator=cpu"),
    *("trainer.check_val_every_n_epoch=1", "quiet=true"),
]
SMALL = {
    "modality=moment": [],
    "source=table": [],
    "source=sentiment": [],
    "sweep=few_shot_curve": ["distribution.per_class=2,4", "seed=0"],
    "sweep=grid_losses": ["loss=supcon,circle", "seed=0", "source.per_class=50"],
    "sweep=optuna": ["study.trials=2", "source.per_class=50"],
    "experiments/bbc_news": ["source.split_salt=0,1", "source.per_class=50"],
    "source=folder": [],
    "experiments/bbc_few_shot": ["encoder.context=16", "datamodule.max_length=16"],
    "experiments/robustness": ["protocols.robustness.rows=30", "source.per_class=50"],
    "source=text_files": [],
    "grad_cache=": [],
    "--config-dir conf": ["source.per_class=50"],
    "experiments/emoji": [],
    "recipe=policy_contrast": [],
    "recipe=reward_contrast": [],
    "experiments/agents": [],
    "experiments/graded_pairs": [],
    "experiments/sentiment_shift": ["encoder.trainable_layers=1"],
    "": ["source.per_class=50"],
}
FEW = "trainer.limit_train_batches=2 trainer.limit_val_batches=2"
ONE = "trainer.max_epochs=1 trainer.check_val_every_n_epoch=1"
ARGUMENTS = {  # of a script, behind those of the page
    "bbc_few_shot/draws.py": "--splits 1 --draws 1 --tokens 8",
    "experiments.emoji.pixels": "",
    "experiments.emoji.words": "",
    "sentiment_shift/compare.py": "--seeds 0 --only tfidf supcon",
    "bench/knn.py": "--gallery 2000 --queries 100 --k 20 --rounds 1",
    "bench/losses.py": "--batch 256 --losses supcon --rounds 1 --no-memory",
    "bench/grad_cache.py": "--batch 128 --chunk 64 --rounds 1",
    "bench/loop.py": "--epochs 2 --steps 5 --step-ms 5 --against off",
    "bench/views.py": "--kind image",
    "bench/samplers.py": "--rows 6000 --large 0 --batch 64 --rounds 1 --samplers shuffled",
    "bench/embedding.py": "--texts 20 --rounds 1",
    "bench/start.py": "--epochs 1 --rounds 1",
    "bench/data.py": "--rounds 1 --images 500 --texts 500 --only texts",
    "agents/baselines.py": "",
    "agents/points.py": "",
    "agents/ppo.py": "",
    "detection/compare.py": "--seeds 0 --only dense --output runs/detection.jsonl",
    "distillation/teacher.py": "--seeds 1 --longest 40",
    "distillation/labels.py": "--longest 40",
    "distillation/speed.py": "--texts 8",
    "entities/compare.py": "--seeds 0 --only contrast --output runs/entities.jsonl " + FEW,
    "entities/few_shot.py": "--seeds 0 --draws 1 --only contrast --output runs/few_shot.jsonl "
    + FEW,
    "languages/compare.py": "--seeds 0 --only names --output runs/languages " + ONE,
    "multi_label/tags.py": "",
    "graded_pairs/made.py": "",
    "text_generation/compare.py": "--seeds 0 --only simctg --output runs/text_generation.jsonl "
    "source.per_class=20 trainer.max_steps=2 protocols.text_generation.texts=2",
    "agents/curves.py": "",
    "learned_reward/ppo.py": "",
}
INSTEAD = {  # of what a page names behind the script, and nobody has
    "agents/curves.py": "runs/agents curves.png",
    "distillation/labels.py": "STUDENT.ckpt",
    "distillation/speed.py": "STUDENT.ckpt",
}


def elsewhere(line: str) -> bool:
    return any(line.startswith(start) for start in ELSEWHERE)


def cut_short(line: str) -> list[str]:
    """The words of a training: less data, two batches, one or two jobs of a sweep."""
    words = shlex.split(line)[1:]
    swept = (
        [word for word in words if re.match(r"[\w.@/]+=[^\[{']*,", word)] if "-m" in words else []
    )
    for number, word in enumerate(swept):
        kept = 1 if number or "experiments" in line else 2
        words[words.index(word)] = ",".join(word.split(",")[:kept])
    epochs = 1 + any(word.startswith("trainer.max_epochs=") for word in words)
    short = [f"trainer.max_epochs={epochs}", *SHORT]
    keys = {word.partition("=")[0] for word in short}
    words = [word for word in words if word.partition("=")[0] not in keys]
    small = next(small for kind, small in SMALL.items() if kind in line)
    if "sweep=" in line and "-m" not in words:  # the command itself adds it
        words.append("-m")
    return [*words, *short, *small, *([] if "logger=" in line else ["logger=none"])]


CODE = {  # in place of a script that takes no other lengths
    "agents/baselines.py": "import baselines as b; b.EPOCHS = 2; b.EPISODES_TESTED = 20; "
    "b.cloning(0)",
    "agents/points.py": "import points as p; p.EPOCHS = 2; p.told(0, 0.95, (1.0,))",
    "agents/ppo.py": "import ppo; print(ppo.rooms().layout)",  # without its extra
    "learned_reward/ppo.py": "import ppo; print(ppo.ways(ppo.rooms()))",  # without its extra
}


def of_script(line: str) -> list[str]:
    """The words that start a script: less data, one seed."""
    script = next(name for name in ARGUMENTS if name in line)
    words = shlex.split(line)[1:]
    if script in CODE:
        beside = f"import sys; sys.path.insert(0, {words[0].rpartition('/')[0]!r})"
        return [sys.executable, "-c", f"{beside}; {CODE[script]}"]
    if script in INSTEAD:
        words = [words[0], *shlex.split(INSTEAD[script])]
    return [sys.executable, *words, *shlex.split(ARGUMENTS[script])]
