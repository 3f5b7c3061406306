"""Backups: one file with all that people made, how it is made, kept and brought back."""
