"""``lightning-contrast generate``: new images, or texts, of a checkpoint that can make them."""

import inspect
from collections.abc import Callable
from typing import Any

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.config.resolved import resolved
from lightning_contrast.errors import InputError

SETTINGS = ("output", "count", "classes", "seed", "prompt", "tokens", "decoding")
"""What may be set; a kind of checkpoint takes some of them."""


def makers() -> dict[str, Callable[..., Any]]:
    """What makes each kind of thing that a network may make (``Network.makes``)."""
    from lightning_contrast.inference.made_images import make_images
    from lightning_contrast.inference.made_texts import make_texts

    return {"images": make_images, "texts": make_texts}


def run(config: Any) -> None:
    """The Hydra task."""
    from lightning_contrast.config.construct import construct
    from lightning_contrast.inference.loading import load_network

    plain = resolved(config)
    set_ones = {name: plain[name] for name in SETTINGS if plain.get(name) is not None}
    if "decoding" in set_ones:
        set_ones["decoding"] = construct(set_ones["decoding"])
    network = load_network(plain["checkpoint"], plain["trust"], plain["device"])
    if network.makes is None:
        raise InputError(
            f"{plain['checkpoint']} makes neither images nor texts: give the checkpoint of a run "
            "with recipe=reacgan or recipe=contragan (images), or recipe=simctg (texts)"
        )
    make = makers()[network.makes]
    known = inspect.signature(make).parameters
    for name in set_ones.keys() - known.keys():
        raise InputError(
            f"the checkpoint makes {network.makes}, which have no {name}: leave it out"
        )
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in {"network", *set_ones}:
            raise InputError(f"the checkpoint makes {network.makes}, and {name} is missing: set it")
    make(network, **set_ones, quiet=plain["quiet"])


main = entry_point("generate", run, literal=("output", "prompt"))

if __name__ == "__main__":
    main()
