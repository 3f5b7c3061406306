"""What Library Health says, as small tables: shown as a grid, copied as text."""

from collections.abc import Sequence
from dataclasses import dataclass

from desktop_app.domain.health import Durations, HealthCheck, LibraryHealth, SpaceHealth
from desktop_app.domain.kinds import Kind
from desktop_app.ui.wording import count_text, kinds_text, number_text, percent_text, size_text

FINE = "Everything is as it should be."
UNCHECKED = "Not checked yet: Check Now looks through the catalogue, the indexes, the files and the backups."
UNKNOWN = "–"
_STAGES = {
    "wait": "Waiting for a free reader",
    "read": "Reading the query’s vectors",
    "describe": "Describing files from outside",
    "filter": "Applying the filter",
    "search": "Searching the indexes",
    "rank": "Comparing exactly, joining spaces",
    "rows": "Reading the hits",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and rows of cells; ``columns`` may be empty. The first column is text, the others are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def summary(health: LibraryHealth) -> str:
    """One line: what the library has."""
    others = (
        (health.missing, "missing", "missing"),
        (health.offline, "offline", "offline"),
        (health.problems, "problem", "problems"),
    )
    said = [kinds_text(health.photos, health.tracks)]
    return " · ".join(said + [count_text(count, one, many) for count, one, many in others if count])


def parts(health: LibraryHealth) -> tuple[Part, ...]:
    """Everything but advice and checks."""
    note = "Being brought up to date; searches answer from what is there." if health.preparing else ""
    spaces = Part(
        "Descriptions and their index",
        ("", "Described", "Index", "Size", "Finds of the nearest", "Search"),
        tuple(_space_row(space) for space in health.spaces),
        note,
    )
    searches = _searches(health)
    memory = Part(
        "Memory and files",
        (),
        (
            ("Memory of this program", size_text(health.memory_bytes)),
            ("Index files in memory, given back when others need it", size_text(health.mapped_bytes)),
            ("Catalogue on disk", size_text(health.catalogue_bytes)),
            ("Indexes on disk", size_text(health.index_bytes)),
        ),
    )
    return spaces, searches, memory


def _searches(health: LibraryHealth) -> Part:
    title = "Latest searches"
    if not health.searches.count:
        return Part(title, (), (), "Nothing was searched by similarity yet.")
    timed = [(stage_name(stage, health.spaces), durations) for stage, durations in health.stages.items()]
    rows = tuple(_durations_row(*row) for row in [(f"All ({health.searches.count:,})", health.searches), *timed])
    return Part(title, ("", "Usually", "95 % within", "99 % within"), rows)


def stage_name(stage: str, spaces: Sequence[SpaceHealth] = ()) -> str:
    """A stage's name for people; the search in one space is called by the space's title."""
    for space in spaces:
        if stage == f"search {space.name}":
            return f"    of these in “{space.title}”"
    return _STAGES.get(stage, stage.replace("_", " ").capitalize())


def as_text(health: LibraryHealth, checks: Sequence[HealthCheck]) -> str:
    """All of it, for a report."""
    lines = [summary(health), "", *(health.recommendations or (FINE if checks else UNCHECKED,))]
    for part in parts(health):
        table = [part.columns, *part.rows] if part.columns else list(part.rows)
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))] if table else []
        lines += ["", part.title]
        lines += ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                  for row in table]  # fmt: skip
        lines += [f"  {part.note}"] if part.note else []
    if checks:
        lines += ["", "Checks", *(f"  {mark(check)} {check.name}: {check.detail}" for check in checks)]
    return "\n".join(lines) + "\n"


def mark(check: HealthCheck) -> str:
    """One word for a check's result."""
    return "repaired" if check.repaired else "fine" if check.ok else "not fine"


def _space_row(space: SpaceHealth) -> tuple[str, ...]:
    kind = "photos" if space.kind is Kind.PHOTO else "tracks"
    described = f"{percent_text(space.coverage)} of {space.wanted:,} {kind}" if space.wanted else UNKNOWN
    index = space.index
    if index is None:
        return space.title, described, "not needed", UNKNOWN, UNKNOWN, UNKNOWN
    built = f"{index.kind}, a better one is being made" if index.building else index.kind
    recall = f"{number_text(100 * index.recall)} %" if index.recall_queries else "all"
    return space.title, described, built, size_text(index.bytes), recall, _ms(index.latency_ms)


def _durations_row(name: str, durations: Durations) -> tuple[str, ...]:
    return name, _ms(durations.p50_ms), _ms(durations.p95_ms), _ms(durations.p99_ms)


def _ms(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
