"""Frozen data that the engine and the window exchange; imports nothing of ours."""
