"""The loops that our start is compared with: news from a CSV, bags of words, SupCon and a head.

python scripts/bench/plain_news.py torch FOLDER EPOCHS         # torch and the standard library
python scripts/bench/plain_news.py lightning FOLDER EPOCHS     # the same in a LightningModule

FOLDER holds train.csv and test.csv. Of a row's words those of the 20,000 most frequent count. The
figure printed is the accuracy on the test.
"""

import csv
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from hand_written import supcon
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout, normalize

BATCH, WIDTH, RATE, WORDS = 60, 64, 0.01, 20_000


def read(path: Path) -> tuple[list[list[str]], list[str]]:
    """The words and the label of each row."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (re.findall(r"\w+", row["text"].lower()), row["label"]) for row in csv.DictReader(file)
        ]
    return [words[:512] for words, _ in rows], [label for _, label in rows]


class Rows:
    """Numbers of words and of labels, and random batches of them."""

    def __init__(self, folder: Path) -> None:
        words, labels = read(folder / "train.csv")
        test_words, test_labels = read(folder / "test.csv")
        kept = Counter(word for row in words for word in row).most_common(WORDS)
        number = {word: place for place, (word, _) in enumerate(kept)}
        classes = {name: place for place, name in enumerate(sorted({*labels}))}
        known = lambda row: torch.tensor([number[word] for word in row if word in number])  # noqa: E731
        self.train, self.test = [*map(known, words)], [*map(known, test_words)]
        self.label = torch.tensor([classes[name] for name in labels])
        self.test_label = torch.tensor([classes[name] for name in test_labels])
        self.words, self.classes = len(number), len(classes)

    def epoch(self) -> list[Tensor]:
        return [part for part in torch.randperm(len(self.train)).split(BATCH) if len(part) == BATCH]


class Model(nn.Module):
    def __init__(self, words: int, classes: int) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(words, WIDTH, mode="mean")
        self.projector, self.head = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, classes)

    def features(self, rows: list[Tensor]) -> Tensor:
        ends = torch.tensor([0, *map(len, rows)]).cumsum(0)[:-1]
        return dropout(self.bag(torch.cat(rows), ends), 0.2, self.training)

    def loss(self, rows: list[Tensor], label: Tensor) -> Tensor:
        seen = self.features(rows)
        contrast = supcon(normalize(self.projector(seen), dim=1), label, 0.1)
        return contrast + cross_entropy(self.head(seen), label)

    @torch.no_grad()
    def accuracy(self, rows: list[Tensor], label: Tensor) -> float:
        self.eval()
        return float((self.head(self.features(rows)).argmax(1) == label).float().mean())


def with_torch(rows: Rows, epochs: int) -> Model:
    model = Model(rows.words, rows.classes)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    for _ in range(epochs):
        for index in rows.epoch():
            loss = model.loss([rows.train[row] for row in index.tolist()], rows.label[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def with_lightning(rows: Rows, epochs: int) -> Model:
    import pytorch_lightning as lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = Model(rows.words, rows.classes)

        def training_step(self, index: Tensor) -> Tensor:
            loss = self.model.loss([rows.train[row] for row in index.tolist()], rows.label[index])
            self.log("train/loss", loss, batch_size=BATCH)
            return loss

        def configure_optimizers(self) -> Any:
            return torch.optim.AdamW(self.parameters(), lr=RATE)

    module = Module()
    trainer = lightning.Trainer(max_epochs=epochs, enable_progress_bar=False, accelerator="cpu")
    numbers: Any = torch.arange(len(rows.train))
    trainer.fit(module, torch.utils.data.DataLoader(numbers, BATCH, shuffle=True))
    return module.model


if __name__ == "__main__":
    form, where, epochs = sys.argv[1:]
    made = Rows(Path(where))
    trained = {"torch": with_torch, "lightning": with_lightning}[form](made, int(epochs))
    print(f"accuracy {trained.accuracy(made.test, made.test_label):.4f}")
