"""What the user may choose. Everything takes effect at once, so there is only a Close button."""

import os
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QTabWidget,
    QWidget,
)

from desktop_app.engine.api import EngineClient
from desktop_app.ui.controls import make_label, make_spin
from desktop_app.ui.dialogs.frame import button_row, close_button, lay_out
from desktop_app.ui.dialogs.preferences_folders import ExcludedPage, FoldersPage
from desktop_app.ui.dialogs.preferences_models import ModelsPage
from desktop_app.ui.theme import FontRole, theme

_THEMES = {"system": "Like the System", "light": "Light", "dark": "Dark"}
_MB_PER_GB = 1024


class PreferencesDialog(QDialog):
    """Pages: Folders, Excluded, Models, General."""

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self.setWindowTitle("Preferences")
        self.setMinimumSize(560, 440)
        self.resize(620, 480)
        self.folders = FoldersPage(client)
        self.excluded = ExcludedPage(client)
        self.models = ModelsPage(client)
        self.general = GeneralPage(client)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Pages of the preferences")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.folders, "Folders")
        self.tabs.addTab(self.excluded, "Excluded")
        self.tabs.addTab(self.models, "Models")
        self.tabs.addTab(self.general, "General")
        at_once = make_label("Changes take effect at once.", "faint", FontRole.SMALL)
        close = close_button(self, "Everything is already saved (Esc)")
        lay_out(self, [self.tabs, button_row([at_once], [close])], fills=self.tabs)
        self.finished.connect(self._on_finished)

    def show_page(self, name: str) -> None:
        """Bring a page forward, if there is one of that name."""
        for place in range(self.tabs.count()):
            if self.tabs.tabText(place) == name:
                self.tabs.setCurrentIndex(place)

    def _on_finished(self, result: int) -> None:
        """What is excluded has changed: the folders are looked through once, not at each keystroke."""
        if self.excluded.changed:
            self.excluded.changed = False
            self._client.rescan()


class GeneralPage(QWidget):
    """Theme, workers, speed on battery, size of the thumbnail cache."""

    def __init__(self, client: EngineClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._client = client
        settings = client.settings
        self.theme = QComboBox()
        for value, text in _THEMES.items():
            self.theme.addItem(text, value)
        self.theme.setCurrentIndex(max(0, self.theme.findData(settings.theme)))
        self.theme.setAccessibleName("Appearance")
        self.theme.setToolTip("Light or dark")
        self.workers = make_spin()
        self.workers.setRange(0, 64)
        self.workers.setSpecialValueText(f"One per core ({os.cpu_count() or 1})")
        self.workers.setValue(settings.workers)
        self.workers.setAccessibleName("Workers")
        self.workers.setToolTip("How many files are read at the same time while indexing")
        self.battery = QCheckBox("Full speed on &battery")
        self.battery.setChecked(settings.full_speed_on_battery)
        self.battery.setAccessibleName("Full speed on battery")
        self.battery.setToolTip("Index with all workers also while the computer is not plugged in")
        self.cache = make_spin()
        self.cache.setRange(1, 200)
        self.cache.setSuffix("\u00a0GB")
        self.cache.setValue(max(1, round(settings.thumbnail_cache_mb / _MB_PER_GB)))
        self.cache.setAccessibleName("Room for thumbnails")
        self.cache.setToolTip(
            "When it is full, the thumbnails that were not looked at for longest are made anew on demand"
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 16, 0, 0)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        for name, field, note in (
            ("&Appearance", self.theme, ""),
            ("&Workers", self.workers, "Fewer leave more of the computer to other programs."),
            ("&Thumbnails", self.cache, "Room on the disk. Thumbnails can always be made again."),
        ):
            field.setMinimumWidth(190)
            label = make_label(name, "muted")
            label.setBuddy(field)
            label.setMinimumHeight(field.sizeHint().height())  # the middle of one line beside the middle of the other
            form.addRow(label, field)
            form.addRow("", _note(note))
            if field is self.workers:
                form.addRow("", self.battery)
                form.addRow("", _note("Otherwise half of the workers rest while the computer is not plugged in."))
        self.theme.currentIndexChanged.connect(lambda _place: self._on_theme())
        self.workers.valueChanged.connect(lambda n: client.change_settings(lambda old: replace(old, workers=n)))
        self.battery.toggled.connect(
            lambda on: client.change_settings(lambda old: replace(old, full_speed_on_battery=on))
        )
        self.cache.valueChanged.connect(self._on_cache)

    def _on_theme(self) -> None:
        choice = str(self.theme.currentData())
        self._client.change_settings(lambda old: replace(old, theme=choice))
        theme().apply(choice)

    def _on_cache(self, gigabytes: int) -> None:
        self._client.change_settings(lambda old: replace(old, thumbnail_cache_mb=gigabytes * _MB_PER_GB))


def _note(text: str) -> QWidget:
    """What a setting does, with room before the next one."""
    label = make_label(text, "faint", FontRole.SMALL)
    label.setContentsMargins(0, 0, 0, 10)
    if not text:
        label.setFixedHeight(4)
    return label
