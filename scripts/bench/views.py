"""Views: how many rows or tokens a second each sees on one thread, beside plain per-sample code.

python scripts/bench/views.py               # prints a table, and writes views.json
python scripts/bench/views.py --kind image
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from image_views import image_records
from text_views import text_records

RECORDS = {"text": text_records, "image": image_records}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=[*RECORDS, "all"], default="all")
    parser.add_argument("--output", type=Path, default=Path("views.json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    kinds = RECORDS if asked.kind == "all" else {asked.kind: RECORDS[asked.kind]}
    records: list[dict[str, Any]] = [record for make in kinds.values() for record in make()]
    for record in records:
        print("  ".join(f"{key}={value}" for key, value in record.items()))
    asked.output.write_text(json.dumps(records, indent=1) + "\n")


if __name__ == "__main__":
    main()
