"""Reports about package managers of programming languages: messages, places, fixes and odd cases."""

from pathlib import Path

import pytest
from edits import edited

import cnlint
from cnlint.syntax.source import Source

_VERSIONS = ["DF441", "DF451", "DF461", "DF462"]


def findings(text: str, codes: list[str], folder: Path) -> tuple[cnlint.Finding, ...]:
    (folder / "Dockerfile").write_text(text)
    return cnlint.check([folder / "Dockerfile"], select=codes, root=folder, config=False).findings


def reported(run: str, codes: list[str], folder: Path) -> list[str]:
    """Give the text at each place that is reported."""
    text = f"FROM alpine:3.23\n{run}\n"
    source = Source("Dockerfile", text)
    return [
        text[source.offset(one.line, one.column) : source.offset(one.end_line, one.end_column)]
        for one in findings(text, codes, folder)
    ]


@pytest.mark.parametrize(
    ("command", "packages"),
    [
        ("pip install y>=2 'x>=2'", ["y"]),
        ("pip install -r requirements.txt gunicorn", ["gunicorn"]),
        ("pip install 'a[b,c]' 'd ; python_version<\"3\"'", ["'a[b,c]'", "'d ; python_version<\"3\"'"]),
        ("pip install Pip SETUPTOOLS wheel", []),
        ("PIP_CONSTRAINT=c.txt pip install a", []),
        ("pip install a.tar.gz[x] .[y] *.whl", []),
        ("uv pip install -p 3.14 --extra all a", ["a"]),
        ("uv tool install ruff && uv add fastapi", ["ruff", "fastapi"]),
        ("python -mpip install a", ["a"]),
        (
            "pip install git+https://u@example.com/a.git git+https://example.com/b@1",
            ["git+https://u@example.com/a.git"],
        ),
        ("pip install $A a$B $(cat list)", []),
        ("for p in a b; do pip install $p; done", []),
        ("pip install", []),
        ("npm i -g a @b/c d@1 @e/f@2", ["a", "@b/c"]),
        ("npm i user/repo user/repo#v1 github:u/r", ["user/repo", "github:u/r"]),
        ("npm i git@example.com:a/b.git", ["git@example.com:a/b.git"]),
        ("npm i --unsafe-perm true --user root .. .", []),
        ("npm i next@latest npm@next", []),
        ("npm i", []),
        ("gem install a b:1 -- c", ["a"]),
        ("gem install -v 1 a", []),
        ("gem install --no-document a", ["a"]),
        ("go install example.com/a example.com/b@v1 example.com/c@latest", ["example.com/a", "example.com/c@latest"]),
        ("go run example.com/a@v1 example.com/b", []),
        ("go get", []),
        ("go get example.com/a@upgrade", ["example.com/a@upgrade"]),
        ("go install -modfile tools.mod example.com/a", []),
        ("go install cmd/vet main.go example.com@v1", []),
        ("cd /src && go install example.com/a", []),
    ],
)
def test_packages_without_a_version_are_reported(command: str, packages: list[str], tmp_path: Path) -> None:
    assert reported(f"RUN {command}", _VERSIONS, tmp_path) == packages


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("pip install 'a[b]'", 'package "a[b]" has no version'),
        ("pip install git+https://a.com/b", '"git+https://a.com/b" names no commit or tag of the repository'),
        ("go install a.com/b@main", '"main" is no version of "a.com/b", but whatever is newest'),
    ],
)
def test_the_message_names_the_package(command: str, message: str, tmp_path: Path) -> None:
    (finding,) = findings(f"FROM alpine:3.23\nRUN {command}\n", _VERSIONS, tmp_path)
    assert finding.message == message


@pytest.mark.parametrize(
    ("run", "is_kept"),
    [
        ("RUN pip install a", True),
        ("RUN pip install --no-cache a", False),
        ("RUN pip --no-cache-dir install a", False),
        ("RUN pip install --cache-dir /c a", True),
        ("RUN pip install --cache-dir /c a && rm -rf /c", False),
        ("RUN pip install --cache-dir $C a", False),
        ("RUN PIP_CACHE_DIR=/dev/shm/c pip install a", False),
        ("RUN --mount=type=cache,target=/c pip install --cache-dir=/c/pip a", False),
        ("RUN --mount=type=cache,target=/app/.cache/pip/http pip install a", False),
        ("RUN --mount=type=bind,target=/root/.cache/pip pip install a", True),
        ("RUN --mount=type=cache,target=/other pip install a", True),
        ("RUN pip install a && rm -rf ~/.cache/pip", False),
        ("RUN rm -rf ~/.cache/pip && pip install a", True),
        ("RUN pip install --no-index --find-links /wheels a", False),
        ("ARG PIP_NO_CACHE_DIR\nRUN pip install a", True),
        ("ENV PIP_NO_CACHE_DIR=$KEEP\nRUN pip install a", False),
        ("RUN PIP_NO_CACHE_DIR=False pip install a", True),
        ("RUN yarn", True),
        ("RUN yarn add a", True),
        ("RUN yarn --version", False),
        ("RUN yarn install --immutable", False),
        ("RUN corepack enable && yarn install", False),
        ("RUN yarn install && rm -rf $(yarn cache dir)", False),
        ("ENV YARN_CACHE_FOLDER=/c\nRUN yarn install && rm -r /c", False),
        ("ENV YARN_CACHE_FOLDER=/c\nRUN yarn install && rm -r /d", True),
        ("RUN if [ -f yarn.lock ]; then yarn install; fi", True),
    ],
)
def test_a_cache_that_is_left_in_the_layer_is_reported(run: str, is_kept: bool, tmp_path: Path) -> None:
    assert len(findings(f"FROM alpine:3.23\n{run}\n", ["DF442", "DF453"], tmp_path)) == is_kept


def test_several_calls_of_yarn_in_a_run_are_one_finding_at_the_run(tmp_path: Path) -> None:
    assert reported("RUN yarn install \\\n  && yarn global add a", ["DF453"], tmp_path) == ["RUN yarn install"]


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("DF442", "pip install a", "pip install --no-cache-dir a"),
        ("DF442", "sudo python3 -m pip -q install \\\n  a", "sudo python3 -m pip -q install --no-cache-dir \\\n  a"),
        ("DF442", "pip install --cache-dir /c a", None),
        ("DF442", '["pip", "install", "a"]', None),
        ("DF453", "yarn install", "yarn install && yarn cache clean"),
        ("DF453", "yarn; yarn build", "yarn; yarn build && yarn cache clean"),
        ("DF453", "yarn install || true", None),
    ],
)
def test_a_fix_keeps_the_cache_out_of_the_layer(code: str, before: str, after: str | None, tmp_path: Path) -> None:
    text = f"FROM alpine:3.23\nRUN {before}\n"
    (finding,) = findings(text, [code], tmp_path)
    assert bool(finding.fixes) == (after is not None)
    for fix in finding.fixes:
        (edit,) = fix.edits
        assert fix.safe == (code == "DF442")
        assert edited(text, [edit]) == f"FROM alpine:3.23\nRUN {after}\n"


def test_a_go_mod_of_an_earlier_stage_gives_versions_too(tmp_path: Path) -> None:
    text = "FROM golang:1.27 AS base\nCOPY go.mod ./\nFROM base\nRUN go install example.com/a\n"
    assert not findings(text, ["DF462"], tmp_path)


def test_a_copy_after_it_gives_no_version(tmp_path: Path) -> None:
    assert reported("RUN go install example.com/a\nCOPY . .", ["DF462"], tmp_path) == ["example.com/a"]


def test_fragments_without_a_stage_are_judged_too(tmp_path: Path) -> None:
    text = "RUN pip install a && yarn install\nRUN go install example.com/a\n"
    found = findings(text, ["DF441", "DF442", "DF453", "DF462"], tmp_path)
    assert [one.code for one in found] == ["DF453", "DF442", "DF441", "DF462"]
