"""Policies that users write: the language, and what evaluates it."""
