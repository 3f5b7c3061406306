"""Results that are cheaper to complete for several files at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST_JOBS = 6
MOST_BYTES = 16_000_000
"""What so many unfinished results may hold together."""
MOST_SECONDS = 0.4
"""So long at most a result waits for others: longer work per file has little to gain."""


@dataclass(frozen=True, slots=True)
class Unfinished(Generic[T]):
    """What a job may return in a worker: ``finish`` takes the ``part``s of several such results at once.

    ``size``: bytes that the part holds. ``finish`` returns the results in order, and must not depend on the company.
    """

    part: Any
    size: int
    finish: Callable[[Sequence[Any]], Sequence[T]]

    def alone(self) -> T:
        """The result by itself."""
        return self.finish([self.part])[0]


def are_enough(results: Sequence[Unfinished[Any]], seconds: float) -> bool:
    """Whether these are to be finished now, the oldest of which waits since ``seconds``."""
    held = sum(each.size for each in results)
    return len(results) >= MOST_JOBS or held >= MOST_BYTES or seconds >= MOST_SECONDS
