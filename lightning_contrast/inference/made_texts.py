"""What a language model writes behind a prompt, on the terminal or in a file."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.ranges import Count, Seed
from lightning_contrast.decodings.contrastive import Contrastive
from lightning_contrast.decodings.decoding import Decoding
from lightning_contrast.errors import on_one_line

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network


def make_texts(
    network: "Network",
    prompt: str,
    decoding: Decoding | None = None,
    tokens: Count = 64,
    count: Count = 1,
    output: str | Path | None = None,
    seed: Seed = 0,
    quiet: bool = True,
) -> None:
    """Prints a prompt and what the network writes behind it, as it comes.

    Args:
        network: of a checkpoint with a head that predicts the next token.
        prompt: the text that it goes on with.
        decoding: how a token is chosen; None: contrastive search.
        tokens: at most so many behind the prompt; a text may end before.
        count: texts behind the same prompt: several come all at once, each on a line.
        output: a ``.jsonl`` file with ``prompt`` and ``text`` of each, in place of the terminal.
        seed: of what is drawn.
        quiet: leaves out the prompt.

    Raises:
        InputError: the prompt is empty or too long; the file can't be written.
    """
    from lightning_contrast.inference.output import check_output, given, whole_file
    from lightning_contrast.modules.writing import stream

    settings = {"prompt": prompt, "tokens": tokens, "count": count, "seed": seed}
    check_arguments(make_texts, settings, partial=True)
    decoding = Contrastive() if decoding is None else decoding
    if output is not None:
        check_output(given(output), (".jsonl", ".ndjson"), stdout=True)
    front = "" if quiet else prompt
    if count == 1 and output is None:
        pieces = stream(network, prompt, decoding, tokens, seed)
        first = next(pieces, "")  # a mistake is told before anything is printed
        print(front, _seen(first), sep="", end="", flush=True)
        for piece in pieces:
            print(_seen(piece), end="", flush=True)
        print()
        return
    texts = network.write([prompt] * count, decoding, tokens, seed)
    if output is None:
        print(*(front + _seen(text) for text in texts), sep="\n")
        return
    with whole_file(given(output)) as file:
        for text in texts:
            file.write(json.dumps({"prompt": prompt, "text": text}, ensure_ascii=False) + "\n")


def _seen(text: str) -> str:
    r"""What is written, without signs that act on a terminal; lines and tabs stay.

    >>> _seen("a\tb\n\x1b[2J")
    'a\tb\n\\x1b[2J'
    """
    return "\n".join("\t".join(map(on_one_line, line.split("\t"))) for line in text.split("\n"))
