"""Pixels and samples to vectors."""
