"""Files of one payload share its vectors: only one of them is described, and the others are not written before it."""

from collections.abc import Callable, Iterable, Sequence

from desktop_app.engine.catalog.items import ItemWrite
from desktop_app.engine.indexing.feed import Task

Read = tuple[ItemWrite, Task]
"""A file that was read, and what it was read for."""


def apart(read: Sequence[Read], described: Callable[[Iterable[str | None]], set[str]]) -> tuple[list[Read], list[Read]]:
    """Those that can be written, and those that rely on vectors which are not there, and maybe never will be.

    The file that was to be described may be gone by then, or damaged. ``described``: which payloads have vectors.
    """
    relying = {payload for each in read if (payload := _relied_on(each))}
    lacking = relying - {write.reading.payload_hash for write, _task in read if write.reading.vectors}
    lacking -= described(lacking) if lacking else set()
    ready = [each for each in read if _relied_on(each) not in lacking]
    return ready, [each for each in read if _relied_on(each) in lacking]


def _relied_on(read: Read) -> str | None:
    write, task = read
    alone = task.job.want_vectors or write.reading.problem is not None
    return None if alone else write.reading.payload_hash
