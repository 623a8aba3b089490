"""``lightning-contrast train``: trains, tests and reports."""

from pathlib import Path
from typing import Any

from lightning_contrast.commands.entry import entry_point


def run(config: Any) -> float | None:
    """The Hydra task: trains, prints the table, and returns the metric for a sweep."""
    from hydra.core.hydra_config import HydraConfig

    from lightning_contrast.config.resolved import resolved
    from lightning_contrast.config.values import check_choices
    from lightning_contrast.loggers.names import name_run
    from lightning_contrast.sweeps import outcome
    from lightning_contrast.training.run import train

    plain = resolved(config)
    check_choices(HydraConfig.get().overrides.task, plain)
    name_run(plain, HydraConfig.get())
    directory = Path(HydraConfig.get().runtime.output_dir)
    if plain["rerun_failed"] and (done := outcome.result(directory)):
        return done.get(plain["metric"])
    return train(plain, directory).get(plain["metric"])


main = entry_point("train", run)

if __name__ == "__main__":
    main()
