"""What a walk leaves out is what git itself leaves out."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnlint.engine.discover import walk_files

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

_NAMES = ("a", "b", "ab", "c.yaml", "#d", "!e", "f g", "h[i", "J", "k ", ".l")
_FOLDERS = ("", "a/", "b/", "a/ab/", "a/b/", "ab/c.yaml/", ".l/", "f g/")
# What people write; pathspec and git part ways over blanks at the end of a line, character classes and the like.
_SEGMENTS = st.sampled_from(
    ("a", "b", "ab", "c.yaml", "J", ".l", "*", "?", "??", "*.yaml", "a*", "[ab]", "[!a]*", "[a-c]*")
)
_PATTERNS = st.builds(
    lambda start, segments, end: start + "/".join(segments) + end,
    st.sampled_from(("", "", "", "/", "!", "!/", "**/", "#", "./")),
    st.lists(_SEGMENTS, min_size=1, max_size=3),
    st.sampled_from(("", "", "", "/", "/**", "/*")),
)
_IGNORE_FILES = st.dictionaries(
    st.sampled_from(_FOLDERS), st.lists(_PATTERNS, min_size=1, max_size=5).map("\n".join), min_size=1, max_size=3
)


@pytest.fixture(scope="module")
def repository() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        subprocess.run(["git", "init", "--quiet", temporary], check=True)
        (root / ".git/info/exclude").write_text("")
        for folder in _FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)
        for path in (root / folder / name for folder in _FOLDERS for name in _NAMES):
            if not path.exists():
                path.touch()
        yield root


def _kept_by_git(root: Path) -> list[str]:
    listed = subprocess.run(
        [
            "git",
            "-c",
            "core.excludesFile=",
            "-c",
            "core.ignoreCase=false",
            "ls-files",
            "-z",
            "-o",
            "--exclude-standard",
        ],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted(path for path in listed.stdout.split("\0") if path)


@settings(max_examples=150, deadline=None)
@given(_IGNORE_FILES)
@example({"": "\ufeffa\n"})
@example({"": "a\u2028b\nc.yaml\x85x\n"})
@example({"": "*\n!a/\n!a/**\n", "a/": "b/\n!b/c.yaml\n"})
def test_the_files_of_a_walk_are_those_that_git_does_not_ignore(repository: Path, ignore_files: dict[str, str]) -> None:
    for path in repository.rglob(".gitignore"):
        path.unlink()
    for folder, text in ignore_files.items():
        (repository / folder / ".gitignore").write_text(text, encoding="utf-8", newline="")
    assert walk_files(str(repository)) == _kept_by_git(repository)
