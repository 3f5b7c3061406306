"""Choosing and ordering tracks; playlist files."""
