"""The results of a search as something to look at: a page (HTML, all in one file) or a contact sheet (PNG)."""

import base64
import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from desktop_app.cli.output import percent
from desktop_app.cli.results import PAGE_HEAD, png
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.kinds import Kind
from desktop_app.domain.search import Hit, PaletteColour, SearchReply

CELL = 200
"""Side of a picture on the sheet, in pixels."""
CAPTION = 52
GAP = 16
COLUMNS = 5
PAPER, INK, FAINT, EMPTY = (250, 250, 249), (32, 32, 34), (120, 120, 124), (236, 236, 234)

STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; }
h1 { font-size: 1.1rem; font-weight: 600; overflow-wrap: anywhere; margin-top: 2rem; }
ol { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, 200px); }
.query { display: flex; flex-wrap: wrap; gap: 1rem; } .query > div { width: 200px; }
.query > .colour { width: auto; height: 64px; border-radius: 4px; }
img, .none { width: 200px; height: 200px; object-fit: contain; background: #8881; border-radius: 4px; display: block; }
.score { font-weight: 600; } .path { color: #888; font-size: 12px; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True, slots=True)
class Pictures:
    """What the sheets show of items: rows by id and by path, and their thumbnails."""

    rows: Mapping[ItemId, ItemRow]
    queries: Mapping[Path, ItemRow]
    thumbnail: Callable[[str], Path]
    preview: Callable[[Path], bytes | None]
    """A small JPEG of a file that has no thumbnail; None where there can be none."""

    def of_row(self, row: ItemRow | None) -> bytes | None:
        """An item's thumbnail, None where it isn't there."""
        if row is None or row.content_hash is None:
            return None
        try:
            return self.thumbnail(row.content_hash).read_bytes()
        except OSError:
            return None

    def of_query(self, path: Path) -> bytes | None:
        """The picture of a file that was compared with, in the library or not."""
        return self.of_row(self.queries.get(path)) or self.preview(path)


def caption(path: Path, row: ItemRow | None) -> tuple[str, str]:
    """Two lines: title and artist of a track, name and folder of a photo."""
    if row is not None and row.kind is Kind.TRACK and row.artist:
        return row.title, row.artist
    if row is not None and row.kind is Kind.TRACK:
        return row.title, str(path.parent)
    return path.name, str(path.parent)


def page(replies: Sequence[SearchReply], pictures: Pictures) -> bytes:
    """One HTML file with the pictures in it; opens anywhere, loads nothing."""
    parts = [
        f"{PAGE_HEAD}similar items</title>",
        f"<style>{STYLE}</style>",
    ]
    for reply in replies:
        palette = reply.request.colours
        names = ", ".join(path.name for path in reply.queries) or ", ".join(each.hex for each in palette) or "a vector"
        parts.append(f"<h1>Like {_shown(names)}</h1><div class=query>")
        parts += [
            f'<div class=colour style="background:{each.hex};flex:{each.weight:g}" title="{each.hex}"></div>'
            for each in palette
        ]
        for path in reply.queries:
            entry = _entry(path, pictures.queries.get(path), pictures.of_query(path), "")
            parts.append(f"<div>{entry}</div>")
        parts.append("</div><ol>")
        for hit in reply.hits:
            row = pictures.rows.get(hit.id)
            parts.append(f"<li>{_entry(hit.path, row, pictures.of_row(row), _label(hit))}</li>")
        parts.append("</ol>")
    return ("\n".join(parts) + "\n").encode("utf-8", "replace")


def _shown(text: str) -> str:
    return html.escape(_text(text))


def _text(name: str) -> str:
    return " ".join(name.encode("utf-8", "replace").decode("utf-8").split())


def _label(hit: Hit) -> str:
    return f"{percent(hit.score)}{' · identical' if hit.identical else ''}"


def _entry(path: Path, row: ItemRow | None, data: bytes | None, label: str) -> str:
    title, below = (_shown(line) for line in caption(path, row))
    picture = "<span class=none></span>"
    if data is not None:
        picture = f'<img alt="{title}" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
    score = f"<span class=score>{label}</span> " if label else ""
    return f'{picture}{score}{title}<div class=path title="{_shown(str(path))}">{below}</div>'


def sheet(replies: Sequence[SearchReply], pictures: Pictures) -> bytes:
    """A PNG: per answer the pictures that were compared with, then the hits, best first."""
    widest = max((max(len(reply.hits), len(reply.queries)) for reply in replies), default=1)
    columns = max(1, min(COLUMNS, widest))
    line = CELL + CAPTION + GAP
    heights = [line * (_asked(reply, columns) + _lines(len(reply.hits), columns)) for reply in replies]
    paper = Image.new("RGB", (GAP + columns * (CELL + GAP), max(line, sum(heights)) + GAP), PAPER)
    draw = ImageDraw.Draw(paper)
    top = GAP
    for reply, height in zip(replies, heights, strict=True):
        for place, path in enumerate(reply.queries):
            at = (GAP + place % columns * (CELL + GAP), top + place // columns * line)
            _cell(paper, draw, at, pictures.of_query(path), ("Like", *caption(path, pictures.queries.get(path))))
        if reply.request.colours:
            _palette(paper, draw, (GAP, top), reply.request.colours)
        start = top + _asked(reply, columns) * line
        if start > top and reply.hits:
            draw.line((GAP, start - GAP // 2, paper.width - GAP, start - GAP // 2), EMPTY, 1)
        for place, hit in enumerate(reply.hits):
            row = pictures.rows.get(hit.id)
            at = (GAP + place % columns * (CELL + GAP), start + place // columns * line)
            _cell(paper, draw, at, pictures.of_row(row), (_label(hit), *caption(hit.path, row)))
        top += height
    return png(paper)


def _lines(count: int, columns: int) -> int:
    return -(-count // columns)


def _asked(reply: SearchReply, columns: int) -> int:
    """Lines of what was asked with."""
    return _lines(len(reply.queries) or min(1, len(reply.request.colours)), columns)


def _palette(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, at: tuple[int, int], palette: Sequence[PaletteColour]
) -> None:
    """One cell of stripes as wide as their weights."""
    left, top = at
    total, edge = sum(each.weight for each in palette), 0.0
    for each in palette:
        start, edge = edge, edge + CELL * each.weight / total
        draw.rectangle((left + round(start), top, left + max(round(start), round(edge) - 1), top + CELL - 1), each.hex)
    _cell(sheet, draw, at, None, ("Colours", " ".join(each.hex for each in palette), ""), empty=None)


def _cell(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    data: bytes | None,
    texts: tuple[str, str, str],
    empty: tuple[int, int, int] | None = EMPTY,
) -> None:
    left, top = at
    if empty is not None:
        draw.rectangle((left, top, left + CELL - 1, top + CELL - 1), empty)
    _paste(sheet, data, left, top)
    font = ImageFont.load_default(13)
    for number, text in enumerate(texts):
        colour = FAINT if number == 2 else INK
        draw.text((left, top + CELL + 3 + 16 * number), _fitted(draw, text, font), colour, font)


def _paste(sheet: Image.Image, data: bytes | None, left: int, top: int) -> None:
    if data is None:
        return
    with Image.open(BytesIO(data)) as thumbnail:
        picture = thumbnail.convert("RGB")
    picture.thumbnail((CELL, CELL))
    sheet.paste(picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2))


def _fitted(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """Cut to the width of a cell."""
    text = _text(text)
    if draw.textlength(text, font) <= CELL:
        return text
    while text and draw.textlength(text + "…", font) > CELL:
        text = text[:-1]
    return text + "…"
