"""A pool of processes that ends with a message, not a hang, when one of them is killed, and whose workers end when the build is.

multiprocessing.Pool waits forever for a worker that the kernel killed for memory; concurrent.futures notices.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeVar

from .files import CorpusError

Input = TypeVar("Input")
Output = TypeVar("Output")


class WorkerKilledError(CorpusError):
    """A worker process ended before its work did."""


def _end_with_parent() -> None:
    """Ends this worker when the process that started it is gone: it would work on, and wait for more, for nobody."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def map_in_workers(function: Callable[[Input], Output], inputs: Iterable[Input], processes: int) -> Iterator[Output]:
    """function of each input, in order. Raises WorkerKilledError when a worker dies, and what `function` raised otherwise."""
    executor = ProcessPoolExecutor(processes, mp_context=get_context("forkserver"), initializer=_end_with_parent)
    try:
        yield from executor.map(function, inputs)
    except BrokenProcessPool as failure:
        raise WorkerKilledError(
            "a worker process was killed before its work was done, most likely for want of memory. The packages that were finished are in "
            "the cache: give the same command again, with --processes 1 if memory is short"
        ) from failure
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
