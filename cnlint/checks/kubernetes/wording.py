"""Words that messages about Kubernetes objects share."""


def quoted(texts: list[str]) -> str:
    """Give names in quotes as a person lists them: ``"get", "list" and "watch"``."""
    names = [f'"{text}"' for text in dict.fromkeys(texts)]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
