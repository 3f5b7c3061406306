"""Musical keys as musicians write them."""

# The spelling with the fewer signs; of F♯ and G♭ major, and of E♭ and D♯ minor, the more usual.
_MAJORS = {"C#": "D♭", "D#": "E♭", "F#": "F♯", "G#": "A♭", "A#": "B♭"}
_MINORS = {"C#": "C♯", "D#": "E♭", "F#": "F♯", "G#": "G♯", "A#": "B♭"}


def key_sign(key: str | None) -> str:
    """``E♭ major`` of the catalogue's plain ``D# major``; empty for none."""
    note, _, scale = (key or "").strip().partition(" ")
    return f"{(_MINORS if scale.startswith('min') else _MAJORS).get(note, note)} {scale}".strip()
