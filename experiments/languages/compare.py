"""Do names and sentences of other languages find the English ones that they translate?

    python experiments/languages/compare.py --seeds 0,1,2

Trains the student of run.yaml on names of emoji in ten languages, and on Debian's lines in Italian,
French and German, with three splits each. Prints recall@1 among the English texts of the test
split, beside TF-IDF of characters. ``names`` are read as they are, ``both`` behind what a
dictionary says of their words, of which there is a TF-IDF too. ``de_distilled`` learns the vectors
that MiniLM gives the English lines, in both languages.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from lightning_contrast import load
from lightning_contrast.inference.run_rows import run_rows

HERE = Path(__file__).resolve().parent
EMOJI = Path("data/languages/emoji.jsonl")
LINES = ["source.pair_column=translation", "source.group_column=null", "trainer.max_epochs=3"]
LINES += ["trainer.check_val_every_n_epoch=3", "datamodule.max_length=96", "encoder.width=128"]
LINES += ["encoder.buckets=32768", "encoder.ngrams=4"]  # the lines are longer: a smaller student
DEBIAN = {name: Path(f"data/debian_descriptions/{name}.jsonl") for name in ("it", "fr", "de")}
BOTH = ["source.pair_column=both", "datamodule.max_length=112", "trainer.max_epochs=60"]
SETS = {
    "names": [],
    "both": [*BOTH, "trainer.check_val_every_n_epoch=60"],
    **{k: [f"source.path={p}", *LINES] for k, p in DEBIAN.items()},
}
DEBIAN["de_distilled"] = DEBIAN["de"]
SETS["de_distilled"] = [*SETS["de"], "recipe=multilingual_distillation", "trainer.max_epochs=10"]
SETS["de_distilled"] += ["trainer.check_val_every_n_epoch=10"]
SETS["de_distilled"] += ["projector=linear", "projector.out_features=384"]
MOST = 2000  # English lines of the test that are searched


def trained(name: str, seeds: str, folder: Path, more: list[str]) -> list[Path]:
    """The checkpoints of the runs on one set, in the order of the seeds."""
    command = [sys.executable, "-m", "lightning_contrast.commands.train", "-m"]
    command += ["--config-dir", str(HERE), "--config-name", "run", *SETS[name], f"seed={seeds}"]
    command += [f"hydra.sweep.dir={folder}", "logger=none", "protocols=[]", "quiet=true", *more]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    return sorted(folder.glob("*/checkpoints/best.ckpt"))


def recall(similarity: np.ndarray, own: np.ndarray) -> float:
    """Recall@1 in percent; a right answer that ties with others counts by its share."""
    best = similarity.max(axis=1)
    ties = (similarity >= best[:, None] - 1e-6).sum(axis=1)
    right = similarity[np.arange(len(own)), own] >= best - 1e-6
    return 100 * float((right / ties).mean())


def figures(checkpoint: Path, name: str, side: str) -> dict[str, dict[str, float]]:
    """Recall@1 of the student, and of TF-IDF of names and of their English words, by language."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    network = load(checkpoint)
    splits = run_rows(network)
    texts = [splits.labelled.raw[row] for row in getattr(splits, side)]
    pairs: dict[tuple[str, str], dict[str, str]] = {}
    lines = DEBIAN.get(name, EMOJI)
    for pair in map(json.loads, lines.read_text(encoding="utf-8").splitlines()):
        if pair.get("kind", "name") == "name":
            key = (pair["english"].strip(), pair.get("language", name))
            plain = pair.get("name") or pair["translation"]
            read = {"student": pair["both"] if name == "both" else plain, "tfidf": plain}
            read |= {"words": pair["words"]} if "words" in pair else {}
            pairs.setdefault(key, read)
    languages = sorted({language for _, language in pairs})
    english = [text for text in texts if any((text, each) in pairs for each in languages)][:MOST]
    gallery = network.embed(english)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for language in languages:
        own = np.array([place for place, t in enumerate(english) if (t, language) in pairs])
        asked = [pairs[english[place], language] for place in own]
        for method in asked[0]:
            queries = [texts_of[method] for texts_of in asked]
            if method == "student":
                similarity = (network.embed(queries) @ gallery.T).numpy()
            else:
                tfidf = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
                known = tfidf.fit_transform([*english, *queries])
                similarity = (known[len(english) :] @ known[: len(english)].T).toarray()
            found[method][language] = recall(similarity, own)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--side", choices=("validation", "test"), default="test")
    parser.add_argument("--output", type=Path, default=Path("runs/languages"))
    parser.add_argument("more", nargs="*", help="further overrides of run.yaml")
    options = parser.parse_args()
    subprocess.run([sys.executable, str(HERE / "pairs.py")], check=True)
    for name in options.only:
        runs = trained(name, options.seeds, (options.output / name).absolute(), options.more)
        results = [figures(run, name, options.side) for run in runs]
        seconds = [json.loads((run.parents[1] / "result.json").read_text()) for run in runs]
        spent = statistics.mean(result["train/cpu_seconds"] for result in seconds)
        print(f"{name}: {spent:.0f} CPU seconds a run")
        for method in results[0]:
            each = {k: [r[method][k] for r in results] for k in results[0][method]}
            mean = [statistics.mean(r[method].values()) for r in results]
            spread = f" +- {statistics.stdev(mean):.1f}" if len(mean) > 1 else ""
            cells = " ".join(f"{k} {statistics.mean(v):.1f}" for k, v in each.items())
            print(f"  {method:8} {statistics.mean(mean):.1f}{spread}  ({cells})", flush=True)


if __name__ == "__main__":
    main()
