"""``lightning-contrast train``: train, test, report."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.entry import entry_point

if TYPE_CHECKING:
    from lightning_contrast.data.datamodule import ContrastiveDataModule
    from lightning_contrast.modules.classifier import ContrastiveClassifier


def train(config: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Trains the run that a resolved config describes; returns what ``result.json`` holds.

    Leaves in ``directory``: ``result.json``, ``report.html`` and its pictures,
    ``checkpoints/best.ckpt`` (best on validation) and ``last.ckpt``, and the loggers' files. Ranks
    beyond the first return nothing.

    Raises:
        InputError: for everything that is wrong with the data or the config, in one line.
    """
    from pytorch_lightning import seed_everything

    from lightning_contrast.build import (
        build_callbacks,
        build_datamodule,
        build_loggers,
        build_module,
        build_trainer,
    )
    from lightning_contrast.checks import check_run
    from lightning_contrast.loggers import close_loggers, log_config
    from lightning_contrast.quiet import quieten

    quieten()
    check_run(config)
    (directory / "checkpoints").mkdir(parents=True, exist_ok=True)
    seed_everything(config["seed"], verbose=False)
    datamodule = build_datamodule(config)
    module = build_module(config, datamodule)
    loggers = build_loggers(config, directory)
    trainer = build_trainer(config, directory, loggers, build_callbacks(config, directory))
    finished = False
    try:
        log_config(loggers, config)
        module.train()
        cpu, wall = time.process_time(), time.perf_counter()
        trainer.fit(module, datamodule)
        spent = {
            "train/seconds": time.perf_counter() - wall,
            "train/cpu_seconds": time.process_time() - cpu,
            "train/steps": trainer.global_step,
        }
        result = {}
        best = directory / "checkpoints" / "best.ckpt"
        if not best.exists():  # no validation rows, or none came up: the last weights are the best
            trainer.save_checkpoint(best)
        if trainer.is_global_zero:
            result = conclude(config, directory, module, datamodule, loggers, spent)
        finished = True
    finally:
        close_loggers(loggers, exit_code=0 if finished else 1)
    return result


def conclude(
    config: dict[str, Any],
    directory: Path,
    module: "ContrastiveClassifier",
    datamodule: "ContrastiveDataModule",
    loggers: list,
    spent: dict[str, float],
) -> dict[str, Any]:
    """Tests the best checkpoint of a run; writes ``result.json``, the report, and W&B's tables."""
    from lightning_contrast.evaluation.judge import judge, publish
    from lightning_contrast.modules.checkpoint import restore, save_weights

    best = directory / "checkpoints" / "best.ckpt"
    restore(module, best)
    judged = judge(module, datamodule, fit_head=True, quiet=config["quiet"])
    save_weights(module, best)
    result = judged.figures | spent
    if config["baselines"]:
        result |= baselines(config, directory, datamodule)
    publish(config, directory, datamodule, module, judged, result, loggers)
    return result


def baselines(
    config: dict[str, Any], directory: Path, datamodule: "ContrastiveDataModule"
) -> dict[str, float]:
    """What stands beside the run: a plain classifier, the untrained encoder, cross-entropy."""
    from lightning_contrast.evaluation.baselines import plain_baselines
    from lightning_contrast.reference_runs import cross_entropy, untrained

    assert datamodule.splits is not None
    labelled, train, validation, test = datamodule.splits[:4]
    figures = plain_baselines(labelled, train, validation, test, datamodule.modality)
    figures |= untrained(config, datamodule)
    return figures | cross_entropy(config, directory, datamodule)


def run(config: Any) -> float | None:
    """The Hydra task: trains, prints the table, and gives a sweep its metric."""
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf

    from lightning_contrast.checks import check_choices
    from lightning_contrast.evaluation.table import print_results

    plain: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    check_choices(HydraConfig.get().overrides.task, plain)
    directory = Path(HydraConfig.get().runtime.output_dir)
    result = train(plain, directory)
    if result and not plain["quiet"]:
        names = ("result.json", "report.html", "checkpoints/best.ckpt")
        print_results(result, {name: directory / name for name in names})
        if skipped := result.get("rows/skipped"):
            print(f" {skipped} rows of the source were skipped (source.skip_bad_rows)")
    return result.get(plain["metric"])


main = entry_point("train", run)

if __name__ == "__main__":
    main()
