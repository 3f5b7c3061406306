"""Akin: find what looks, or sounds, alike in your own photo and music library."""

__version__ = "0.1.0"
