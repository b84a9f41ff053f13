"""cnlint: the linter for cloud-native repositories."""

__version__ = "0.1.0"
