"""Figures of speed, memory and quality, each beside a reference of the same run. Not part of the test suite."""
