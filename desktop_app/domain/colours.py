"""Colours that have a name, for people who don't speak in hexadecimals."""

Rgb = tuple[int, int, int]

NAMED = {
    "Red": "#d0281e", "Orange": "#f08a1c", "Yellow": "#f2cf2e", "Green": "#3f8f3f", "Turquoise": "#2aa5a0",
    "Blue": "#2a5fc0", "Sky": "#8fbfe6", "Violet": "#7b4fb0", "Pink": "#ee8fb4", "Brown": "#7a4e2c",
    "Sand": "#dcc9a0", "White": "#f6f6f4", "Grey": "#858585", "Black": "#141414",
}  # fmt: skip
"""As the palette panel offers them."""

_ALIASES = {"gray": "grey", "cyan": "turquoise", "purple": "violet", "beige": "sand"}
_BY_WORD = {name.lower(): code for name, code in NAMED.items()}


def colour_by_name(word: str) -> str | None:
    """``#rrggbb`` of a named colour; None for any other word."""
    folded = word.strip().lower()
    return _BY_WORD.get(_ALIASES.get(folded, folded))


def name_of_colour(rgb: Rgb) -> str:
    """The name that comes nearest, in small letters; of sRGB 0..255.

    By the weighted distance of T. Riemersma, "Colour metric" (CompuPhase, 2012): near enough for a word.
    """

    def distance(code: str) -> float:
        other = tuple(int(code[at : at + 2], 16) for at in (1, 3, 5))
        red, green, blue = (mine - its for mine, its in zip(rgb, other, strict=True))
        mean = (rgb[0] + other[0]) / 2
        return (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2

    return min(_BY_WORD, key=lambda name: distance(_BY_WORD[name]))
