"""Pulseboard: a self-hosted CI/CD pipeline health dashboard."""

__version__ = "0.1.0"
