"""Telling open browsers what has changed."""
