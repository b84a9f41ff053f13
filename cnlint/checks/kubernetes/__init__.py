"""Checks of Kubernetes objects."""
