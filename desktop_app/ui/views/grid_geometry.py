"""Where the cells of the grid lie: arithmetic over sections, never over items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from desktop_app.domain.browsing import Section

MARGIN = 12  # px around the whole
GAP = 4  # px between cells
HEADING = 40  # px above a section's first row
END = 24  # px below the last row
LEAST = 24  # px, of a cell in a view that has no width yet


@dataclass(frozen=True, slots=True)
class Run:
    """Cells of one section that are in view: positions ``first``..``last``, inclusive."""

    section: int
    first: int
    last: int


class GridGeometry:
    """The layout of ``count`` cells in ``width`` px. All lengths are px in the content's coordinates.

    Cells are at least ``side`` wide, but never wider than the view; ``aspect`` is the height of the picture's room to
    its width.
    """

    def __init__(
        self, count: int, sections: Sequence[Section], width: int, side: int, caption: int, *, aspect: float = 1.0
    ) -> None:
        self.count = count
        self.headed = bool(sections)
        inner = max(LEAST, width - 2 * MARGIN)
        self.columns = max(1, (inner + GAP) // (side + GAP))
        # what is left over makes the cells larger, so that both edges are straight and no room is lost
        self.side = (inner + GAP) // self.columns - GAP
        self.picture_height = round(self.side * aspect)
        self.cell_height = self.picture_height + caption
        self.pitch_x = (inner + GAP) / self.columns
        self.pitch_y = self.cell_height + GAP
        self._lefts = [MARGIN + round(column * self.pitch_x) for column in range(self.columns)]
        starts = [section.start for section in sections] if self.headed else [0]
        self._starts = np.array([*starts, count], dtype=np.int64)
        counts = np.diff(self._starts)
        self._lines = -(-counts // self.columns)
        heading = HEADING if self.headed else 0
        first = 0 if self.headed else MARGIN
        heights = heading + self._lines * self.pitch_y + (GAP if self.headed else 0)
        self._tops = first + np.concatenate(([0], np.cumsum(heights)))
        self._heading = heading
        self.height = int(self._tops[-1]) + END if count else 0

    @property
    def sections(self) -> int:
        """How many runs of cells."""
        return len(self._starts) - 1

    def section_of(self, position: int) -> int:
        """The section that holds a position."""
        return int(np.searchsorted(self._starts, position, side="right")) - 1

    def section_at(self, y: float) -> int:
        """The section that covers a height."""
        return min(max(int(np.searchsorted(self._tops, y, side="right")) - 1, 0), max(self.sections - 1, 0))

    def heading_top(self, section: int) -> int:
        """Upper edge of a section's heading."""
        return int(self._tops[section])

    def section_bottom(self, section: int) -> int:
        """Where the next section begins."""
        return int(self._tops[section + 1])

    def bounds(self, section: int) -> tuple[int, int]:
        """First position of a section and first of the next."""
        return int(self._starts[section]), int(self._starts[section + 1])

    def rect(self, position: int) -> tuple[int, int, int, int]:
        """x, y, width, height of a cell."""
        section = self.section_of(position)
        line, column = divmod(position - int(self._starts[section]), self.columns)
        y = int(self._tops[section]) + self._heading + line * self.pitch_y
        return self._lefts[column], y, self.side, self.cell_height

    def position_at(self, x: float, y: float) -> int | None:
        """The cell under a point, or None between cells."""
        if not self.count:
            return None
        section = self.section_at(y)
        line = (y - self._tops[section] - self._heading) // self.pitch_y
        column = (x - MARGIN) // self.pitch_x
        if line < 0 or not 0 <= column < self.columns:
            return None
        first, end = self.bounds(section)
        position = first + int(line) * self.columns + int(column)
        if position >= end:
            return None
        left, top, width, height = self.rect(position)
        return position if left <= x < left + width and top <= y < top + height else None

    def runs(self, top: float, bottom: float) -> Iterator[Run]:
        """What lies between two heights, a run per section."""
        if not self.count:
            return
        for section in range(self.section_at(top), self.section_at(bottom) + 1):
            start, end = self.bounds(section)
            body = int(self._tops[section]) + self._heading
            line = max(0, int((top - body) // self.pitch_y))
            last_line = int((bottom - body) // self.pitch_y)
            first = start + line * self.columns
            last = min(end - 1, start + (last_line + 1) * self.columns - 1)
            if last_line >= 0 and first <= last:
                yield Run(section, first, last)

    def places(self, run: Run) -> Iterator[tuple[int, int, int]]:
        """Position, x and y of each cell of a run."""
        start, left = int(self._starts[run.section]), self._lefts
        body = int(self._tops[run.section]) + self._heading
        for position in range(run.first, run.last + 1):
            line, column = divmod(position - start, self.columns)
            yield position, left[column], body + line * self.pitch_y

    def in_band(self, left: float, top: float, right: float, bottom: float) -> list[tuple[int, int]]:
        """Inclusive ranges of the cells that a rubber band touches."""
        first_column = max(0, int((left - MARGIN - self.side) // self.pitch_x) + 1)
        last_column = min(self.columns - 1, int((right - MARGIN) // self.pitch_x))
        if first_column > last_column:
            return []
        found: list[tuple[int, int]] = []
        for run in self.runs(top, bottom):
            start, end = self.bounds(run.section)
            body = int(self._tops[run.section]) + self._heading
            for line in range((run.first - start) // self.columns, (run.last - start) // self.columns + 1):
                y = body + line * self.pitch_y
                if y > bottom or y + self.cell_height < top:
                    continue
                first = start + line * self.columns + first_column
                last = min(end - 1, start + line * self.columns + last_column)
                if first <= last:
                    found.append((first, last))
        return found

    def step(self, position: int, lines: int) -> int:
        """The cell ``lines`` rows further down (or up), in the same column as far as there is one."""
        section = self.section_of(position)
        start, _ = self.bounds(section)
        line, column = divmod(position - start, self.columns)
        line += lines
        while line < 0 and section > 0:
            section -= 1
            line += int(self._lines[section])
        while line >= int(self._lines[section]) and section < self.sections - 1:
            line -= int(self._lines[section])
            section += 1
        if line < 0:
            return column if column < self.count else 0
        start, end = self.bounds(section)
        if line >= int(self._lines[section]):
            return end - 1
        return min(start + line * self.columns + column, end - 1)
