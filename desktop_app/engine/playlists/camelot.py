"""Keys on the Camelot wheel, which disc jockeys mix by: neighbours share all notes but one, or all of them."""

PITCHES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = {"DB": "C#", "EB": "D#", "FB": "E", "GB": "F#", "AB": "G#", "BB": "A#", "CB": "B", "E#": "F", "B#": "C"}

Place = tuple[int, bool]  # hour 0..11 on the wheel, and whether major


def place(key: str | None) -> Place | None:
    """Where “A minor”, “F#”, “Bb maj” or “Am” stands; None for anything else."""
    words = (key or "").replace("♯", "#").replace("♭", "b").split()
    if not words:
        return None
    name, scale = words[0], " ".join(words[1:]).lower()
    if len(name) > 1 and name.endswith("m"):
        name, scale = name[:-1], "minor"
    name = FLATS.get(name.upper(), name.upper())
    if name not in PITCHES or scale not in ("", "major", "maj", "minor", "min", "m"):
        return None
    major = not scale.startswith("mi") and scale != "m"
    tonic = PITCHES.index(name) + (0 if major else 3)  # a minor key stands at its relative major
    return tonic * 7 % 12, major  # a step around the wheel is a fifth


def distance(one: Place, other: Place) -> int:
    """Steps around the wheel, and one more for a change between major and minor; keys with at most one mix."""
    around = abs(one[0] - other[0])
    return min(around, 12 - around) + (one[1] is not other[1])
