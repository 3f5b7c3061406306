"""The public models that Akin offers by name.

Sizes and dimensions are those stated by the publishers. A revision other than ``main`` pins a commit; with ``main`` the
commit that the hub names at the first download is kept beside the files, and the checksums are the hub's own for that
commit: they can't be known here beforehand, so they prove that the files arrived whole, not who made them.
"""

from desktop_app.domain.models import ModelEntry

MB = 1_000_000

ENTRIES: tuple[ModelEntry, ...] = (
    ModelEntry(
        "clip-ViT-B-32",
        "CLIP B/32",
        "Quick and small; finds photos by English words. The one to begin with.",
        "MIT",
        dim=512,
        side=224,
        bytes=610 * MB,
        cost=1.0,
        repositories=("sentence-transformers/clip-ViT-B-32", "openai/clip-vit-base-patch32"),
    ),
    ModelEntry(
        "clip-ViT-B-16",
        "CLIP B/16",
        "Sees smaller things than B/32, four times the work; English words.",
        "MIT",
        dim=512,
        side=224,
        bytes=603 * MB,
        cost=4.0,
        repositories=("sentence-transformers/clip-ViT-B-16", "openai/clip-vit-base-patch16"),
    ),
    ModelEntry(
        "clip-ViT-L-14",
        "CLIP L/14",
        "The most exact of the CLIP family, for smaller libraries or a graphics card; English words.",
        "MIT",
        dim=768,
        side=224,
        bytes=1_715 * MB,
        cost=18.0,
        repositories=("sentence-transformers/clip-ViT-L-14", "openai/clip-vit-large-patch14"),
    ),
    ModelEntry(
        "clip-ViT-B-32-multilingual",
        "CLIP B/32, multilingual",
        "As CLIP B/32, with words in more than 50 languages.",
        "MIT, Apache-2.0",
        dim=512,
        side=224,
        bytes=1_150 * MB,
        cost=1.0,
        repositories=("sentence-transformers/clip-ViT-B-32", "openai/clip-vit-base-patch32"),
        text_repository="sentence-transformers/clip-ViT-B-32-multilingual-v1",
    ),
    ModelEntry(
        "siglip2-base",
        "SigLIP 2 base",
        "Newer and more exact than CLIP B/16 at the same cost; words in many languages.",
        "Apache-2.0",
        dim=768,
        side=224,
        bytes=1_540 * MB,
        cost=4.0,
        repositories=("google/siglip2-base-patch16-224",),
    ),
)


def entry(name: str) -> ModelEntry | None:
    """The public model of that name, whatever the case."""
    return next((each for each in ENTRIES if each.name.lower() == name.lower()), None)
