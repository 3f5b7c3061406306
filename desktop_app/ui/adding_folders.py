"""What is said when folders were added, so that a wrong choice is seen at once and can be taken back."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.changes import FoldersAdded
from desktop_app.ui.wording import listed

if TYPE_CHECKING:
    from desktop_app.ui.main_window import MainWindow


def tell_added(window: "MainWindow", added: FoldersAdded) -> None:
    """A banner that names the folders; with a button that takes those out again that are new and took in no others."""
    sentences = [f"Added {_names(added.new)}."] if added.new else []
    if added.known:
        verb = "is" if len(added.known) == 1 else "are"
        sentences.append(f"{_names(added.known)} {verb} in the library already; looking for changes.")

    def take_out() -> None:
        for folder in added.new:
            window.requests.expect(window.client.remove_folder(folder))

    can = bool(added.new) and not added.absorbed
    window.banners.say(" ".join(sentences), actions=[("Take Out Again", take_out)] if can else [])


def _names(folders: Sequence[Path]) -> str:
    return listed(f"“{folder.name or folder}”" for folder in folders)
