"""Pasting files, or a picture that is no file yet."""

import hashlib

from PySide6.QtCore import QMimeData, QThreadPool
from PySide6.QtGui import QImage

from desktop_app.paths import PRIVATE_FOLDER, Profile
from desktop_app.ui.drops import DropTarget
from desktop_app.ui.item_mime import files_in
from desktop_app.ui.notifications import Banners


def files_on_clipboard(data: QMimeData | None, profile: Profile, drops: DropTarget, banners: Banners) -> None:
    """Search with the files on the clipboard; a copied picture is saved into the profile first, off the GUI thread."""
    if data is not None and files_in(data):
        drops.take(files_in(data))
        return
    image = data.imageData() if data is not None and data.hasImage() else None
    if not isinstance(image, QImage) or image.isNull():
        banners.say("Copy a photo, a track or a picture first, then paste it here.")
        return
    digest = hashlib.blake2b(bytes(image.constBits()), digest_size=6).hexdigest()
    folder = profile.directory / "pasted"
    target = folder / f"Pasted picture {digest}.png"

    def save() -> None:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        for old in sorted(folder.glob("*.png"), key=lambda path: path.stat().st_mtime)[:-20]:
            old.unlink(missing_ok=True)
        image.save(str(target))
        drops.saved.emit((target,))

    QThreadPool.globalInstance().start(save)
