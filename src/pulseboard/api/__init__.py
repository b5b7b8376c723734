"""The JSON API and the doors."""
