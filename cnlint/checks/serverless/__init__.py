"""Checks of serverless functions."""
