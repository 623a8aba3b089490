"""Says which setting to lower when memory runs out, by the place where that happened."""

import re
from traceback import walk_tb

IN_EVALUATION = {"validation_step", "predict_step", "embed"}
ASKED = r"Tried to allocate ([\d.]+ [KMGT]?i?B)"  # a GPU
ASKED_OF_HOST = r"tried to allocate (\d+) bytes"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device or the CPU ran out of memory.

    >>> is_out_of_memory(MemoryError()), is_out_of_memory(RuntimeError("CUDA error: no device"))
    (True, False)
    """
    text = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "can't allocate memory" in text)
    )


def out_of_memory(error: BaseException) -> str:
    """The line to print: the setting to lower in training, or in evaluation.

    >>> out_of_memory(MemoryError())
    'out of memory in training: lower datamodule.batch_size, or keep the batch and set ...'
    """
    names = {frame.f_code.co_name for frame, _ in walk_tb(error.__traceback__)}
    if names & IN_EVALUATION:
        return f"out of memory in evaluation: lower datamodule.eval_batch_size{_wanted(error)}"
    return (
        "out of memory in training: lower datamodule.batch_size, or keep the batch and set "
        "trainer.grad_cache=16 (rows encoded at a time), or make the rows smaller "
        f"(datamodule.max_length of texts, source.size of images){_wanted(error)}"
    )


def _wanted(error: BaseException) -> str:
    text = str(error)
    if found := re.search(ASKED, text):
        return f" ({found.group(1)} more were asked for)"
    if found := re.search(ASKED_OF_HOST, text):
        return f" ({int(found.group(1)) / 2**30:.1f} GiB more were asked for)"
    return ""
