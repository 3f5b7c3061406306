"""The public models that Akin offers by name.

Sizes and dimensions are those stated by the publishers. Commits and checksums are those that many public projects pin
independently of one another; they were not fetched where this was written. Where none was found the revision is "main":
then the commit and the checksums that the hub states at the first download are kept, and hold from then on
(``Pins``). Either way a download is checked file by file.
"""

from desktop_app.domain.models import ModelEntry, Repository

MB = 1_000_000

CLIP_B_32 = Repository(
    "sentence-transformers/clip-ViT-B-32",
    "327ab6726d33c0e22f920c83f2ff9e4bd38ca37f",
    (("0_CLIPModel/model.safetensors", "99d28a652e6ec46629ab7047a0ac82c69b1fe11e0ce672c43af65d3a9a3fc05d"),),
)
CLIP_L_14 = Repository(
    "openai/clip-vit-large-patch14",
    "32bd64288804d66eefd0ccbe215aa642df71cc41",
    (("model.safetensors", "a2bf730a0c7debf160f7a6b50b3aaf3703e7e88ac73de7a314903141db026dcb"),),
)
MULTILINGUAL_WORDS = Repository(
    "sentence-transformers/clip-ViT-B-32-multilingual-v1",
    "58edf8cada9e398793dca955574a48cbb7f18be2",
    (("2_Dense/model.safetensors", "d12568dc7300970a4d3dbb49068ad16cd89b99840b74b026f8e48071e9414f74"),),
)
SIGLIP_2 = Repository(
    "google/siglip2-base-patch16-224",
    "75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2",
    (("model.safetensors", "612923381c76ec5a9bed335d1c48827e3f2e506ac31b044b63b2031fadee6a0b"),),
)

ENTRIES: tuple[ModelEntry, ...] = (
    ModelEntry(
        "clip-ViT-B-32",
        "CLIP B/32",
        "Quick and small; finds photos by English words.",
        "MIT",
        dim=512,
        side=224,
        bytes=610 * MB,
        cost=1.0,
        repositories=(CLIP_B_32,),
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
        repositories=(Repository("sentence-transformers/clip-ViT-B-16"), Repository("openai/clip-vit-base-patch16")),
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
        repositories=(CLIP_L_14,),
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
        repositories=(CLIP_B_32,),
        text_repository=MULTILINGUAL_WORDS,
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
        repositories=(SIGLIP_2,),
    ),
)


NO_MODEL = (
    "Words can be looked for in the pictures themselves with a model, such as clip-ViT-B-32: "
    "see Preferences ▸ Models, or “akin models recommend”."
)


def entry(name: str) -> ModelEntry | None:
    """The public model of that name, whatever the case."""
    return next((each for each in ENTRIES if each.name.lower() == name.lower()), None)
