"""Every loss with its defaults on the same encoder, views, batches and steps; a table.

python experiments/losses/compare.py --seeds 0,1,2 --output runs/losses
python experiments/losses/compare.py --only supcon arc_face --seeds 0
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

HERE = Path(__file__).parent
ON_PROTOTYPES = ["candidates=prototypes", "module.head_lr_factor=10"]
DRAWN = ["positives=same_class", "module.symmetric=false"]
METHODS = {
    "cross_entropy": ["recipe=cross_entropy"],
    **{
        name: [f"loss={name}"]
        for name in (
            *("supcon", "info_nce", "decoupled", "debiased", "hard_negative", "n_pairs", "nca"),
            *("sigmoid", "pair_margin", "cosine_margin", "lifted_structure", "multi_similarity"),
            *("circle", "tuplet_margin", "fast_ap", "ranked_list"),
        )
    },
    "triplet, semi-hard": ["loss=triplet_margin", "miner=semi_hard"],
    "triplet, hardest, soft": ["loss=triplet_margin", "miner=hardest", "loss.soft=true"],
    "triplet, distance-weighted": ["loss=triplet_margin", "miner=distance_weighted"],
    "multi-similarity, mined": ["loss=multi_similarity", "miner=multi_similarity"],
    "angular": ["loss=angular", "pairing=drawn", *DRAWN],
    "supcon, queue": ["candidates=[in_batch,queue]", "candidates.queue.size=1024"],
    **{
        name: [f"loss={name}", *ON_PROTOTYPES]
        for name in ("normalized_softmax", "cos_face", "arc_face", "proxy_nca")
    },
    "sub_center_arc_face": [
        *("loss=sub_center_arc_face", *ON_PROTOTYPES, "candidates.prototypes.per_class=3"),
    ],
    "soft_triple": ["loss=soft_triple", *ON_PROTOTYPES, "candidates.prototypes.per_class=10"],
    "proxy_anchor": ["loss=proxy_anchor", *ON_PROTOTYPES, "candidates.prototypes.as_anchors=true"],
}
COLUMNS = ("validation/accuracy", "test/accuracy", "test/knn_accuracy", "test/map_at_r")


def run(overrides: list[str], seeds: str, folder: Path) -> list[dict]:
    """The results of a multirun over the seeds."""
    command = [
        sys.executable,
        "-m",
        "lightning_contrast.commands.train",
        "-m",
        "--config-dir",
        str(HERE),
    ]
    command += ["--config-name", "run", *overrides, f"seed={seeds}", f"hydra.sweep.dir={folder}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(overrides)}: {done.stderr.strip().splitlines()[-1]}")
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*/result.json"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--only", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--output", type=Path, default=Path("runs/losses"))
    options = parser.parse_args()
    lines = ["| loss | validation | test | kNN | mAP@R |", "|---|---|---|---|---|"]
    for name in tqdm(options.only, "losses"):
        folder = options.output / name.replace(", ", "_")
        results = run(METHODS[name], options.seeds, folder.absolute())
        cells = []
        for column in COLUMNS:
            values = [100 * result[column] for result in results]
            spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.2f}{spread}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    print("\n".join(lines))
    (options.output / "table.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
