"""Text, positions and grammars: YAML, Dockerfile, shell and ``${{ }}`` expressions. Knows no rule."""
