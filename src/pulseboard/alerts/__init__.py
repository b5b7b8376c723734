"""Alerts: what counts as broken, who is told, and that nobody is told twice."""
