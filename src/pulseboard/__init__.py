"""Pulseboard: a self-hosted CI/CD pipeline health dashboard."""

from importlib.metadata import version

__version__ = version("pulseboard")
