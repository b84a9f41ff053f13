"""Checks of how objects of several kinds and files agree."""
