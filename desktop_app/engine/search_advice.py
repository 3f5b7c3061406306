"""What would make slow searches faster, in words: from the times of their stages and the state of the indexes."""

from collections.abc import Mapping, Sequence
from typing import Final

from desktop_app.domain.health import Durations, IndexHealth

SLOW_MS: Final = 150.0  # a person notices
ENOUGH_SEARCHES: Final = 20  # a few first ones, with cold caches, say nothing
UNEVEN: Final = 8.0  # times the median at which the slowest twentieth stands out
LARGE: Final = 500_000  # vectors; below, a scan of all of them is the best there is


def search_advice(
    searches: Durations, stages: Mapping[str, Durations], indexes: Sequence[IndexHealth] = ()
) -> tuple[str, ...]:
    """Sentences, the weightiest first; none while searches are quick or too few.

    ``stages`` are those of ``SearchLog.stages``; of them the one with the greatest median gets the advice.
    """
    median, high = searches.p50_ms, searches.p95_ms
    if searches.count < ENOUGH_SEARCHES or median is None or high is None:
        return ()
    if median <= SLOW_MS:
        if high > SLOW_MS and high > UNEVEN * median:
            return (
                f"Most searches take {median:.0f} ms, but one in twenty takes {high:.0f} ms or more: something else is "
                "busy on this computer at times, or the library's folder lies on a slow disk.",
            )
        return ()
    known = {
        name: each.p50_ms for name, each in stages.items() if each.p50_ms is not None and not name.startswith("search ")
    }
    if not known:
        return (f"Searches are slow, {median:.0f} ms in the middle: “akin doctor” looks for a reason.",)
    slowest = max(known, key=lambda name: known[name])
    told = f"most of the time, {known[slowest]:.0f} of {median:.0f} ms"
    if known[slowest] * 2 < median:
        told = f"more of the time than anything else, {known[slowest]:.0f} of {median:.0f} ms"
    if slowest == "search":
        return (_about_indexes(told, stages, indexes),)
    return (_SENTENCES.get(slowest, "Searches are slow: {stage} takes {told}.").format(told=told, stage=slowest),)


def _about_indexes(told: str, stages: Mapping[str, Durations], indexes: Sequence[IndexHealth]) -> str:
    spent = {name.partition(" ")[2]: each.p50_ms or 0.0 for name, each in stages.items() if name.startswith("search ")}
    if not spent:
        return f"Looking through the search indexes takes {told}: “akin doctor --repair” builds them anew."
    space = max(spent, key=lambda name: spent[name])
    begun = f"Looking through the search indexes takes {told}, and of that “{space}” takes {spent[space]:.0f} ms"
    index = next((each for each in indexes if each.space == space), None)
    if index is None:
        return f"{begun}: “akin doctor --repair” builds it anew."
    if index.building:
        return f"{begun}: a faster index for it is being made in the background."
    if index.lists:
        return f"{begun}, with {index.probes} of {index.lists} lists looked at: the computer's memory may be too small."
    if index.count < LARGE:
        return f"{begun}. It is scanned exactly, {index.count:,} vectors: the processor is busy with something else."
    return f"{begun}. It is scanned exactly, {index.count:,} vectors: “akin doctor --repair” makes a faster index."


_SENTENCES: Final[Mapping[str, str]] = {
    "wait": (
        "Waiting for other searches takes {told}: too many are asked for at once, or indexing keeps the computer busy."
    ),
    "words": "Turning words into a vector takes {told}: a smaller model is faster.",
    "read": "Reading the item to compare with takes {told}: the library's folder lies on a slow or busy disk.",
    "describe": (
        "Reading and describing the file to compare with takes {told}: add its folder to the library, so that it is "
        "described once."
    ),
    "filter": "Filtering takes {told}: a field such as “camera:” or “taken:” is faster than words.",
    "rank": "Comparing the best hits exactly takes {told}: the library's folder lies on a slow or busy disk.",
    "rows": "Looking up the hits takes {told}: the library's folder lies on a slow or busy disk.",
}
