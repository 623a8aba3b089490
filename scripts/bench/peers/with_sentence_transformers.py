"""sentence-transformers as its training overview has it: all of MiniLM, a triplet loss on labels.

python with_sentence_transformers.py FOLDER SEED: train.csv, test.csv and model/; prints JSON.
A logistic regression on the embeddings of the training texts is tested.
"""

import json
import sys
import time

from datasets import load_dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
    losses,
)
from sentence_transformers.training_args import BatchSamplers
from sklearn.linear_model import LogisticRegression

folder, seed = sys.argv[1], int(sys.argv[2])
data = load_dataset("csv", data_files={s: f"{folder}/{s}.csv" for s in ("train", "test")})
data = data.remove_columns("split").class_encode_column("label")  # labels are to be numbers
model = SentenceTransformer(f"{folder}/model", device="cpu")
model.max_seq_length = 64
arguments = SentenceTransformerTrainingArguments(
    output_dir=f"{folder}/sentence_transformers",
    num_train_epochs=1,
    per_device_train_batch_size=32,
    learning_rate=5e-5,
    batch_sampler=BatchSamplers.GROUP_BY_LABEL,
    seed=seed,
    report_to="none",
    save_strategy="no",
)
trainer = SentenceTransformerTrainer(
    model=model,
    args=arguments,
    train_dataset=data["train"],
    loss=losses.BatchAllTripletLoss(model=model),
)
start = time.process_time()
trainer.train()
spent = time.process_time() - start
train, test = (model.encode(data[side]["text"]) for side in ("train", "test"))
probe = LogisticRegression(max_iter=1000).fit(train, data["train"]["label"])
print(json.dumps({"train": spent, "accuracy": probe.score(test, data["test"]["label"])}))
