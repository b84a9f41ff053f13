"""Checks of Istio objects."""
