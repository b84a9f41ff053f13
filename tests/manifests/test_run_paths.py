"""Paths that the commands of a RUN fetch and delete."""

import pytest

from cnlint.manifests.dockerfile import read_dockerfile
from cnlint.manifests.run_paths import commands_with_folders, covers, deleted_by, fetched_by
from cnlint.syntax.source import Source


def deleted(script: str, head: str = "WORKDIR /w\n") -> list[str]:
    run = read_dockerfile(Source("Dockerfile", f"FROM a\n{head}RUN {script}\n")).dockerfile.instructions[-1]
    return [path for command, where in commands_with_folders(run) for _, path in deleted_by(command, where)]


def fetched(script: str) -> list[str]:
    run = read_dockerfile(Source("Dockerfile", f"FROM a\nWORKDIR /w\nRUN {script}\n")).dockerfile.instructions[-1]
    return [path for command, where in commands_with_folders(run) for path in fetched_by(command, where)]


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("rm -rf a /b/ ./c/../d", ["/w/a", "/b", "/w/d"]),
        ("cd /x && rm a && cd y && rm b", ["/x/a", "/x/y/b"]),
        ("cd $X && rm a /b", ["/b"]),
        ("popd && rm a", []),
        ("(cd /x) && rm a", ["/w/a"]),
        ("(cd /x && rm a) && (rm b)", []),
        ("rm ~/a ~ $HOME/b '~/c' ${HOME}", ["/root/a", "/root", "/root/b", "/w/~/c", "/root"]),
        ("rm ~x/a $HOMER/b $X $HOME$X", []),
        ("rm -- -a", ["/w/-a"]),
        ("unlink a", ["/w/a"]),
        ("rm /", ["/"]),
    ],
)
def test_deleted_paths_are_absolute(script: str, paths: list[str]) -> None:
    assert deleted(script) == paths


@pytest.mark.parametrize("head", ["USER app\n", "USER $X\n", "ENV HOME=/h\n"])
def test_the_home_of_another_user_is_not_known(head: str) -> None:
    assert deleted("rm ~/a", head) == []


@pytest.mark.parametrize("head", ["USER root\n", "USER 0:0\n"])
def test_the_home_of_root_is_known(head: str) -> None:
    assert deleted("rm ~/a", head) == ["/root/a"]


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("curl -o a -O https://x.example/b/c.tgz?d=e", ["/w/a", "/w/c.tgz"]),
        ("curl --output-dir /o -O https://x.example/c", ["/o/c"]),
        ("curl https://x.example/c > d", ["/w/d"]),
        ("curl https://x.example/c", []),
        ("curl -o - https://x.example/c", []),
        ("curl -o /dev/null https://x.example/c", []),
        ("wget https://x.example/c https://x.example/d/", ["/w/c", "/w/d"]),
        ("wget -P /p https://x.example/c", ["/p/c"]),
        ("wget -qO- https://x.example/c", []),
        ("wget https://[x/c", []),
        ("git clone https://x.example/c.git", ["/w/c"]),
        ("git clone --depth 1 https://x.example/c.git d", ["/w/d"]),
        ("wget https://x.example/", []),
    ],
)
def test_fetched_files_are_named_as_the_program_names_them(script: str, paths: list[str]) -> None:
    assert fetched(script) == paths


@pytest.mark.parametrize(
    ("pattern", "path", "is_covered"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b/c", True),
        ("/a", "/ab", False),
        ("/a/b", "/a", False),
        ("/a/*", "/a/b/c", True),
        ("/a/*", "/a", False),
        ("/a/*.tgz", "/a/b.tgz", True),
        ("/a/*.tgz", "/a/b/c.tgz", False),
        ("/a/b*", "/a/bc/d", True),
        ("/a/?", "/a/b", True),
        ("/*", "/a", True),
    ],
)
def test_a_deleted_path_covers_what_lies_in_it(pattern: str, path: str, is_covered: bool) -> None:
    assert covers(pattern, path) is is_covered
