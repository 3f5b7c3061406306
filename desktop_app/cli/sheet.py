"""The results of a search as something to look at: a page (HTML, all in one file) or a contact sheet (PNG)."""

import base64
import html
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from desktop_app.cli.output import percent
from desktop_app.domain.ids import ItemId
from desktop_app.domain.items import ItemRow
from desktop_app.domain.search import Hit, SearchReply

Rows = Mapping[ItemId, ItemRow]
ThumbnailPath = Callable[[str], Path]

CELL = 200
"""Side of a picture on the sheet, in pixels."""
CAPTION = 34
GAP = 12
COLUMNS = 5
PAPER, INK, FAINT = (250, 250, 249), (32, 32, 34), (120, 120, 124)

STYLE = """
:root { color-scheme: light dark; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 2rem; }
h1 { font-size: 1.1rem; font-weight: 600; overflow-wrap: anywhere; }
ol { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, 200px); }
img, .none { width: 200px; height: 200px; object-fit: contain; background: #8881; border-radius: 4px; display: block; }
.score { font-weight: 600; } .path { color: #888; font-size: 12px; overflow-wrap: anywhere; }
"""


def write_page(out: Path, replies: Sequence[SearchReply], rows: Rows, thumbnail: ThumbnailPath) -> None:
    """One HTML file with the pictures in it; opens anywhere, loads nothing. Raises OSError."""
    parts = ["<!doctype html><meta charset=utf-8><title>Akin: similar items</title>", f"<style>{STYLE}</style>"]
    for reply in replies:
        parts.append(f"<h1>Like {_shown(', '.join(str(path) for path in reply.queries) or 'a vector')}</h1><ol>")
        parts.extend(_entry(hit, rows.get(hit.id), thumbnail) for hit in reply.hits)
        parts.append("</ol>")
    out.write_text("\n".join(parts) + "\n", "utf-8", errors="replace")


def _shown(text: str) -> str:
    return html.escape(text.encode("utf-8", "replace").decode("utf-8"))


def _entry(hit: Hit, row: ItemRow | None, thumbnail: ThumbnailPath) -> str:
    data = _thumbnail_bytes(row, thumbnail)
    title = _shown(row.title if row is not None else hit.path.name)
    picture = "<span class=none></span>"
    if data is not None:
        picture = f'<img alt="{title}" src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
    label = f"{percent(hit.score)}{' · identical' if hit.identical else ''}"
    return f"<li>{picture}<span class=score>{label}</span> {title}<div class=path>{_shown(str(hit.path))}</div></li>"


def _thumbnail_bytes(row: ItemRow | None, thumbnail: ThumbnailPath) -> bytes | None:
    if row is None or row.content_hash is None:
        return None
    try:
        return thumbnail(row.content_hash).read_bytes()
    except OSError:
        return None


def write_sheet(out: Path, replies: Sequence[SearchReply], rows: Rows, thumbnail: ThumbnailPath) -> None:
    """A PNG of the hits' thumbnails with their percentages, best first. Raises OSError."""
    hits = [hit for reply in replies for hit in reply.hits]
    columns = max(1, min(COLUMNS, len(hits)))
    lines = max(1, -(-len(hits) // columns))
    size = (GAP + columns * (CELL + GAP), GAP + lines * (CELL + CAPTION + GAP))
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for place, hit in enumerate(hits):
        left = GAP + place % columns * (CELL + GAP)
        top = GAP + place // columns * (CELL + CAPTION + GAP)
        row = rows.get(hit.id)
        _paste(sheet, _thumbnail_bytes(row, thumbnail), left, top)
        draw.text((left, top + CELL + 3), percent(hit.score), INK, font)
        name = (row.title if row is not None else hit.path.name).encode("utf-8", "replace").decode("utf-8")
        draw.text((left, top + CELL + 18), _fitted(draw, name, font), FAINT, font)
    buffer = BytesIO()
    sheet.save(buffer, "PNG")
    out.write_bytes(buffer.getvalue())


def _paste(sheet: Image.Image, data: bytes | None, left: int, top: int) -> None:
    if data is None:
        return
    with Image.open(BytesIO(data)) as thumbnail:
        picture = thumbnail.convert("RGB")
    picture.thumbnail((CELL, CELL))
    sheet.paste(picture, (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2))


def _fitted(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """Cut to the width of a cell."""
    text = " ".join(text.split())
    if draw.textlength(text, font) <= CELL:
        return text
    while text and draw.textlength(text + "…", font) > CELL:
        text = text[:-1]
    return text + "…"
