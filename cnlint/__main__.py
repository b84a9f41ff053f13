"""``python -m cnlint``."""

from cnlint.cli import main

if __name__ == "__main__":
    main()
