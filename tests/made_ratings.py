"""Rated sentences in the files of ``source=sentiment``: each domain has words of its own."""

from pathlib import Path

import numpy as np

from lightning_contrast.sources.sentiment import FILES

GOOD, BAD = ("lovely", "great", "warm", "clever"), ("awful", "dull", "cold", "lazy")


def write_ratings(folder: Path, documents: int = 30, sentences: int = 4) -> Path:
    """The four files, with ``documents * sentences`` lines each, half of them positive."""
    random = np.random.default_rng(0)
    for domain, name in FILES.items():
        lines = []
        for document in range(documents):
            for sentence in range(sentences):
                rating = random.choice([-1, 1]) * random.uniform(0.5, 3)
                words = [f"{domain}{n}" for n in random.integers(40, size=6)]
                words[random.integers(6)] = str(random.choice(GOOD if rating > 0 else BAD))
                lines.append(f"{document}_{sentence}\t{rating:.4f}\t{' '.join(words)}")
        (folder / name).write_text("\n".join(lines))
    return folder
