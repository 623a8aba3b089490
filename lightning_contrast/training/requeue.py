"""Puts a SLURM job that a signal stopped back into the queue."""

import os
import subprocess
import sys
from collections.abc import Mapping

QUERY = ("squeue", "--noheader", "--format=%T")


def job_id(environment: Mapping[str, str]) -> str | None:
    """The id of this process's SLURM job, or of its task in an array; None outside SLURM.

    >>> job_id({"SLURM_JOB_ID": "9", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "2"})
    '7_2'
    """
    if "SLURM_ARRAY_TASK_ID" in environment and "SLURM_ARRAY_JOB_ID" in environment:
        return f"{environment['SLURM_ARRAY_JOB_ID']}_{environment['SLURM_ARRAY_TASK_ID']}"
    return environment.get("SLURM_JOB_ID")


def requeue() -> bool:
    """Puts this process's SLURM job back into the queue, if it is there and still running.

    A job that is no longer running was cancelled, is out of time, or is being requeued by SLURM
    itself: it is left alone. Of several processes of a job only the first one asks SLURM.
    """
    job = job_id(os.environ)
    if job is None or os.environ.get("SLURM_PROCID", "0") != "0" or _is_child():
        return False
    try:
        state = _run(*QUERY, f"--jobs={job}")
        if state != "RUNNING":
            return False
        _run("scontrol", "requeue", job)
    except (OSError, subprocess.SubprocessError) as error:
        reason = str(getattr(error, "stderr", "") or error).strip()
        print(f"job {job} could not be requeued: {reason}", file=sys.stderr)
        return False
    print(f"job {job} is back in the queue", file=sys.stderr)
    return True


def _is_child() -> bool:
    """Whether Lightning started this process beside the first, inside one task of SLURM."""
    return os.environ.get("LOCAL_RANK", "0") != "0" or os.environ.get("NODE_RANK", "0") != "0"


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()
