"""Akin: find what looks, or sounds, alike in your own photo and music library."""

from desktop_app.qt_faults import keep_singletons_alive

__version__ = "0.1.0"

keep_singletons_alive()
