"""``akin show``."""

from collections.abc import Mapping
from typing import Any

from desktop_app.cli.commands import Answer, Call
from desktop_app.cli.output import bytes_text, length, table
from desktop_app.cli.targets import item_ids
from desktop_app.domain.items import ItemDetail
from desktop_app.domain.musical_keys import key_sign
from desktop_app.errors import UsageError


def show(call: Call) -> Answer:
    """All that is known of one item."""
    library, space = call.access.library, call.options.vector
    (item,) = item_ids(library, [call.options.item], call.cwd)
    detail = library.detail(item)
    vectors = library.item_vectors(item)
    row = detail.row
    spaces = {name: {"dim": v.dim, "version": v.version, "norm": v.norm} for name, v in vectors.items()}
    document: dict[str, Any] = {
        "id": row.id,
        "path": row.path,
        "kind": row.kind.value,
        "state": row.state.value,
        "reason": row.reason,
        "content_hash": row.content_hash,
        "payload_hash": detail.payload_hash,
        "size": detail.size,
        "rating": row.rating,
        "tags": list(detail.tags),
        "metadata": _metadata(detail),
        "spaces": spaces,
    }
    text = _facts(document, detail)
    if space is not None:
        if space not in vectors:
            known = ", ".join(sorted(vectors)) or "none yet"
            raise UsageError(f"This item has no vector in a space called “{space}”; it has: {known}.")
        document["vector"] = vectors[space].values.tolist()
        text = "\n".join(f"{value:.6g}" for value in document["vector"]) + "\n"
    return Answer(document, text)


def _metadata(detail: ItemDetail) -> dict[str, Any]:
    from dataclasses import asdict

    found: dict[str, Any] = {}
    for part in (detail.photo, detail.track, detail.analysis):
        if part is not None:
            found.update({name: value for name, value in asdict(part).items() if name not in ("rating", "keywords")})
    if detail.loudness is not None:
        found["loudness"] = detail.loudness
    return found


def _facts(document: Mapping[str, Any], detail: ItemDetail) -> str:
    facts: list[list[str]] = []
    for name in ("id", "path", "kind", "state", "reason", "size", "rating", "content_hash"):
        if document[name] not in (None, ""):
            facts.append([name, bytes_text(document[name]) if name == "size" else str(document[name])])
    if detail.tags:
        facts.append(["tags", ", ".join(f"“{name}”" if "," in name else name for name in detail.tags)])
    metadata = document["metadata"]
    for name, value in metadata.items():
        if name == "key" and value:
            facts.append(["key", key_sign(f"{value} {metadata.get('scale') or ''}")])
        elif value not in (None, "", {}) and name not in ("extra", "scale"):
            facts.append([name.replace("_", " "), _shown(name, value)])
    facts.extend([str(name), str(value)] for name, value in document["metadata"].get("extra", {}).items())
    for name, space in document["spaces"].items():
        norm = "" if space["norm"] is None else f", norm {space['norm']:.3f}"
        facts.append([f"space {name}", f"{space['dim']} dimensions, version {space['version']}{norm}"])
    return table(facts)


def _shown(name: str, value: Any) -> str:
    """A value with its unit, as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "duration":
        return length(value)
    if name == "bit_rate":
        return f"{value / 1000:.0f} kbit/s"
    if name == "sample_rate":
        return f"{value / 1000:g} kHz"
    return f"{value:.5g}" if isinstance(value, float) else str(value)
