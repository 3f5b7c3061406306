"""Readers: files to pixels, samples and metadata."""
