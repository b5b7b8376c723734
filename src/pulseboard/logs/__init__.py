"""Logs of jobs: read, understood, redacted, kept and searched."""
