"""The page of a model on the Hugging Face hub: what it is, and how to load it."""

import json
from importlib.metadata import version
from typing import TYPE_CHECKING

from lightning_contrast.report.markdown import escaped

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

USES = {
    "sentence-transformers": """from sentence_transformers import SentenceTransformer

model = SentenceTransformer(FOLDER)
vectors = model.encode(["a text", "another one"])  # unit vectors: their product is the cosine""",
    "transformers": """from transformers import AutoModel, AutoTokenizer

tokenizer, model = AutoTokenizer.from_pretrained(FOLDER), AutoModel.from_pretrained(FOLDER)
states = model(**tokenizer(["a text"], return_tensors="pt")).last_hidden_state""",
}
WHAT = {
    "sentence-transformers": "It gives texts unit vectors of {width} numbers.",
    "transformers": "It is the encoder alone: pooling, projector and classes are not in it.",
}


def hub_card(network: "Network", most: int, library: str, card: str | None = None) -> str:
    """``README.md`` of an exported encoder; ``card``: that of the run, which goes below it."""
    tags = {"sentence-transformers": ["sentence-similarity"], "transformers": []}[library]
    front = {"library_name": library, "tags": [*tags, "feature-extraction", "contrastive-learning"]}
    if tags:
        front["pipeline_tag"] = tags[0]
    name = " ".join(str(network.run.get("name") or "A text encoder").split())
    lines = [
        "---",
        *(f"{key}: {json.dumps(value)}" for key, value in front.items()),
        "---",
        "",
        f"# {escaped(name)}",
        "",
        f"A text encoder trained with lightning_contrast {version('lightning-contrast')}.",
        WHAT[library].format(width=network.projector.out_features),
        f"It reads the first {most} tokens of a text.",
        "",
        f"```python\n{USES[library]}\n```",
    ]
    if card is not None:
        lines += ["", "The run that trained it:", "", *(_lower(line) for line in card.splitlines())]
    return "\n".join(lines) + "\n"


def _lower(line: str) -> str:
    """A heading of a card one level lower."""
    return f"#{line}" if line.startswith("#") else line
