"""Checks of Argo CD objects."""
