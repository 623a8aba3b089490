"""SetFit as its README has it: a few labelled texts a class, default arguments, 256 tokens.

python with_setfit.py FOLDER SEED: train.csv, test.csv and model/ of the folder; prints JSON.
"""

import json
import sys
import time

from datasets import load_dataset
from setfit import SetFitModel, Trainer, TrainingArguments

folder, seed = sys.argv[1], int(sys.argv[2])
data = load_dataset("csv", data_files={s: f"{folder}/{s}.csv" for s in ("train", "test")})
model = SetFitModel.from_pretrained(f"{folder}/model", labels=sorted(set(data["train"]["label"])))
arguments = TrainingArguments(
    output_dir=f"{folder}/setfit", seed=seed, max_length=256, report_to="none"
)
trainer = Trainer(model=model, args=arguments, train_dataset=data["train"])
start = time.process_time()
trainer.train()
spent = time.process_time() - start
# trainer.evaluate would fetch the code of its metric from the hub.
predicted = model.predict(data["test"]["text"])
right = [str(one) == other for one, other in zip(predicted, data["test"]["label"], strict=True)]
print(json.dumps({"train": spent, "accuracy": sum(right) / len(right)}))
