"""Every recipe on a few made rows: the overrides by which it runs."""

from pathlib import Path

from tests.choices import CONF, names
from tests.made_captions import write_captions
from tests.made_pairs import write_scored
from tests.made_spans import write_spans
from tests.runs import write_news


def text_of(recipe: str) -> str:
    return (CONF / "recipe" / f"{recipe}.yaml").read_text()


IMAGE = [name for name in names("recipe") if "view: strong" in text_of(name)]
DETECTING = [name for name in names("recipe") if name.startswith("detection")]
IMAGE += [*DETECTING, "curl", "policy_contrast", "reward_contrast"]
TAGGING = ["entities", "entities_few_shot"]
MIXED = ["clip", "siglip", "unicl", "lit"]
PAIRED = [name for name in names("recipe") if "/positives: paired" in text_of(name)]
SCORED = [name for name in names("recipe") if "/source: scored_pairs" in text_of(name)]
MAKERS = [name for name in names("recipe") if "module: generator" in text_of(name)]
ACTING = ["contrastive_rl", "contrastive_rl_actor"]
LEARNING = [name for name in names("recipe") if name not in (*MAKERS, *ACTING)]
"""Those of one optimizer and of rows that are there."""


def write_rows(folder: Path) -> None:
    """Rows for all of them, where ``words`` looks for them."""
    lines = write_news(folder / "news.csv", rows=101).read_text().splitlines()
    answers = ["pair", *(" ".join(reversed(line.split(",")[0].split())) for line in lines[1:])]
    pairs = [f"{line},{answer}" for line, answer in zip(lines, answers, strict=True)]
    (folder / "news.csv").write_text("\n".join(pairs))
    write_captions(folder / "pictures", rows=101)
    write_spans(folder / "spans.jsonl", rows=101)
    write_scored(folder / "scored.jsonl")


def words(recipe: str, folder: Path) -> list[str]:
    """The overrides of a recipe of ``LEARNING``, on the rows of a folder."""
    found = [f"recipe={recipe}", "datamodule.batch_size=12"]
    if recipe in MIXED:
        found += ["modality=mixed", f"source.path={folder / 'pictures' / 'captions.jsonl'}"]
        return [*found, "source.identity_column=id", "source.size=16"]
    if recipe in TAGGING:
        return [*found, "source=spans", f"source.path={folder / 'spans.jsonl'}"]
    if recipe in SCORED:
        return [*found, f"source.path={folder / 'scored.jsonl'}"]
    if recipe in DETECTING:
        found += ["modality=image", "source.train=101", "source.validation=20", "source.test=2"]
        return [*found, "source.per_class=null", "start_from=null"]
    if recipe in IMAGE:
        return [*found, "modality=image", "source.per_class=9"]
    found += ["source=table", f"source.path={folder / 'news.csv'}"]
    found += ["source.pair_column=pair"] if recipe in PAIRED else []
    return [*found, *(["encoder.ngrams=2"] if recipe == "negclip" else [])]
