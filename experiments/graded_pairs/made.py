"""Made pairs of texts with a known similarity: python experiments/graded_pairs/made.py FILE.

A text has 8 words, each of one of 12 topics, which have ten words of their own. The second text
keeps some topics of the first one, with other words of them, and the score of a pair is the share
that it keeps, with noise of a standard deviation of 0.1. The sides are drawn.
"""

import json
import random
import sys

TOPICS, WORDS, LENGTH, PAIRS = 12, 10, 8, 3000


def text(draw, topics):
    return " ".join(f"t{topic}w{draw.randrange(WORDS)}" for topic in topics)


def rows():
    draw = random.Random(0)
    for _ in range(PAIRS):
        topics = [draw.randrange(TOPICS) for _ in range(LENGTH)]
        kept = draw.randint(0, LENGTH)
        others = topics[:kept] + [draw.randrange(TOPICS) for _ in range(LENGTH - kept)]
        score = kept / LENGTH + draw.gauss(0, 0.1)
        side = draw.choices(["train", "validation", "test"], [5, 2, 3])[0]
        yield {"text": text(draw, topics), "pair": text(draw, others), "score": score, "side": side}


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        for row in rows():
            file.write(json.dumps(row) + "\n")
