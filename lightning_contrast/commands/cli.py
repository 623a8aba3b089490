"""The command line: it lists the commands, and imports only the one that is called."""

import sys
from collections.abc import Sequence

COMMANDS = (
    *("train", "evaluate", "predict", "embed", "search", "generate", "act", "export"),
    "summarize",
)
HELP = """\
usage: lightning-contrast COMMAND [-q] [KEY=VALUE ...] [HYDRA FLAGS]

Contrastive classifiers for text and images.

commands:
  train      train, test and report          lightning-contrast train modality=image source=digits
  evaluate   test a checkpoint again         lightning-contrast evaluate checkpoint=PATH
  predict    label new texts or images       lightning-contrast predict checkpoint=PATH \\
                                                 input=FILE_OR_FOLDER output=FILE
  embed      turn them into unit vectors     lightning-contrast embed checkpoint=PATH \\
                                                 input=FILE_OR_FOLDER output=FILE.npy
  search     show the nearest training rows  lightning-contrast search checkpoint=PATH query=TEXT
  generate   make new images, write texts    lightning-contrast generate checkpoint=PATH \\
                                                 output=FOLDER, or prompt=TEXT
  act        let an agent play               lightning-contrast act checkpoint=PATH gif=FILE.gif
  export     write ONNX and torch.export     lightning-contrast export checkpoint=PATH output=FOLDER
  summarize  table and plots of many runs    lightning-contrast summarize runs/multirun/DAY/TIME

options:
  -q, --quiet   no progress bar and no table (the same as quiet=true)
  -h, --help    this text; after a command: its keys and groups
  --version     the version

A KEY is a group (loss=triplet_margin picks conf/loss/triplet_margin.yaml) or a value in one
(loss.temperature=0.05). Hydra's flags work after a command:
  --cfg job           print the config and stop
  -m                  run every combination: train -m seed=0,1,2 loss=supcon,info_nce
  --config-dir DIR    add your own groups and choices; the folder that DIR stands in may be
                      imported from
"""


def version() -> str:
    """The installed version.

    >>> version().count(".")
    2
    """
    from importlib.metadata import version as installed

    return installed("lightning-contrast")


def _refuse_command(word: str) -> None:
    from difflib import get_close_matches

    from lightning_contrast.errors import refuse

    if "=" in word:
        mend = f"write lightning-contrast train {word}"
    elif close := get_close_matches(word, COMMANDS, n=1):
        mend = f"did you mean {close[0]}?"
    else:
        mend = "lightning-contrast --help shows more"
    refuse(f"{word!r} is no command ({', '.join(COMMANDS)}): {mend}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command: ``lightning-contrast COMMAND [KEY=VALUE ...]``.

    Raises SystemExit: 0 after help, 2 after a mistake of the user, 3 if bad rows were skipped, 130
    after Ctrl-C.

    >>> main(["--help"])  # doctest: +ELLIPSIS
    usage: lightning-contrast COMMAND ...
    """
    words = list(sys.argv[1:] if argv is None else argv)
    quiet = [word for word in words[:1] if word in ("-q", "--quiet")]
    words = words[len(quiet) :]
    if not words or words[0] in ("-h", "--help", "help"):
        print(HELP, end="")
    elif words[0] == "--version":
        print(f"lightning-contrast {version()}")
    elif words[0] not in COMMANDS:
        _refuse_command(words[0])
    else:
        from importlib import import_module

        import_module(f"lightning_contrast.commands.{words[0]}").main(quiet + words[1:])


if __name__ == "__main__":
    main()
