"""What is said when folders are added, so that a wrong choice is seen at once and can be taken back."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.ui.wording import listed

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


def tell_added(window: "MainWindow", folders: Sequence[Path]) -> None:
    """A banner that names the folders; with a button that takes those out again that were not there before."""
    tree = window.tree.tree
    roots = [root.path for root in tree.roots] if tree is not None else []
    new = [folder for folder in folders if not any(folder.is_relative_to(root) for root in roots)]
    known = [folder for folder in folders if folder not in new]
    sentences = [f"Added {_names(new)}."] if new else []
    if known:
        verb = "is" if len(known) == 1 else "are"
        sentences.append(f"{_names(known)} {verb} in the library already; looking for changes.")

    def take_out() -> None:
        for folder in new:
            window.requests.expect(window.client.remove_folder(folder))

    # Of a folder around known ones taking it out again would forget those, too.
    whole = bool(new) and not any(root.is_relative_to(folder) for folder in new for root in roots)
    window.banners.say(" ".join(sentences), actions=[("Take Out Again", take_out)] if whole else [])


def _names(folders: Sequence[Path]) -> str:
    return listed(f"“{folder.name or folder}”" for folder in folders)
