"""Views of commands: wrappers taken off, flags taken apart, places in the file."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.findings import Place
from cnlint.manifests.commands import Command, ScriptCommand, StepCommand, commands_of, commands_of_step, tool
from cnlint.syntax.source import Source


def commands(text: str, dialect: str = "bash", variables: dict[str, str] | None = None) -> list[ScriptCommand]:
    source = Source("deploy.sh", text)

    def locate(start: int, end: int) -> Place:
        return Place(source.path, source.span(start, end))

    return commands_of(text, locate, None, ScriptCommand, dialect, variables)


def first(text: str) -> ScriptCommand:
    return commands(text)[0]


def values(command: Command) -> list[str | None]:
    return [word.value for word in command.words]


def texts(place: Place, text: str) -> str:
    source = Source("", text)
    line, column, end_line, end_column = place.span
    return text[source.offset(line, column) : source.offset(end_line, end_column)]


@pytest.mark.parametrize(
    ("text", "wrappers"),
    [
        ("make -j all", ()),
        ("sudo make -j all", ("sudo",)),
        ("sudo -E -u app -g app make -j all", ("sudo",)),
        ("sudo -uapp -- make -j all", ("sudo",)),
        ("sudo A=1 make -j all", ("sudo",)),
        ("env A=1 B=2 make -j all", ("env",)),
        ("env -i -u C A=1 make -j all", ("env",)),
        ("exec make -j all", ("exec",)),
        ("command make -j all", ("command",)),
        ("nohup make -j all &", ("nohup",)),
        ("nice -n 5 make -j all", ("nice",)),
        ("time -p make -j all", ("time",)),
        ("timeout -k 5 10s make -j all", ("timeout",)),
        ("timeout --signal=TERM $T make -j all", ("timeout",)),
        ("xargs -n1 -P 4 make -j all", ("xargs",)),
        ("gosu app:app make -j all", ("gosu",)),
        ("chroot --userspec=0 /mnt make -j all", ("chroot",)),
        ("eval make -j all", ("eval",)),
        ("coproc make -j all", ("coproc",)),
        ("busybox make -j all", ("busybox",)),
        ("python3 -u -m make -j all", ("python3",)),
        ("sudo -E env A=1 timeout 5 nice /usr/bin/make -j all", ("sudo", "env", "timeout", "nice")),
    ],
)
def test_programs_that_run_another_are_taken_off(text: str, wrappers: tuple[str, ...]) -> None:
    command = first(text)
    assert (command.program, command.wrappers) == ("make", wrappers)
    assert [word.value for word in command.arguments] == ["-j", "all"]


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("sudo -l", "sudo"),
        ("env", "env"),
        ("env A=1", "env"),
        ("command -v git", "command"),
        ("exec > log", "exec"),
        ("xargs", "xargs"),
        ("time", "time"),
        ("python3 deploy.py -m x", "python3"),
        ("$CMD install x", ""),
        ('"$dir/apt-get" install', ""),
        ("/usr/bin/apt-get update", "apt-get"),
        ("./mvnw package", "mvnw"),
    ],
)
def test_the_program_is_known_by_its_base_name(text: str, program: str) -> None:
    assert first(text).program == program


def test_variables_set_for_the_command_only_are_its_environment() -> None:
    command = first("A=1 env B='x y' sudo C=$D make")
    assert {name: value and value.value for name, value in command.environment.items()} == {
        "A": "1", "B": "x y", "C": None,
    }  # fmt: skip


def test_commands_that_only_assign_are_no_commands() -> None:
    assert [command.program for command in commands("A=1; B=2 make")] == ["make"]


@pytest.mark.parametrize(
    "text",
    [
        'sh -c "a b && c"',
        "bash -exc 'a b && c'",
        "bash -o pipefail -c 'a b && c'",
        "/bin/bash -euo pipefail -c 'a b && c' name",
        "sudo sh -c 'a b && c'",
        "su -c 'a b && c' app",
        "su - app -c 'a b && c'",
        "eval 'a b && c'",
        "busybox sh -c 'a b && c'",
        "bash <<'EOF'\na b && c\nEOF",
        "bash -s <<EOF\na b && c\nEOF",
    ],
)
def test_commands_of_an_inner_script_are_found_where_they_stand(text: str) -> None:
    shell, *inner = commands(text)
    assert [values(command) for command in inner] == [["a", "b"], ["c"]]
    assert [texts(command.place(), text) for command in inner] == ["a b", "c"]
    assert all(command.outer is shell for command in inner)


def test_quotes_of_an_inner_script_are_taken_off_twice() -> None:
    text = 'sh -c "echo \\"a b\\" \'c d\' \\$e $f"'
    inner = commands(text)[1]
    assert values(inner) == ["echo", "a b", "c d", None, None]
    assert texts(inner.place(inner.words[2]), text) == "'c d'"


def test_inner_scripts_of_inner_scripts_are_read() -> None:
    assert [command.program for command in commands("sh -c \"bash -c 'a b'\"")] == ["sh", "bash", "a"]


def test_a_substitution_in_an_inner_script_counts_once() -> None:
    assert [command.program for command in commands('sh -c "a $(b)"')] == ["sh", "a", "b"]


def test_a_script_given_to_a_shell_as_a_file_is_no_inner_script() -> None:
    assert [command.program for command in commands("bash deploy.sh -c 'a b'")] == ["bash"]


def test_literal_variables_are_put_in_and_keep_their_place() -> None:
    text = 'deps="gcc make"\napk add --no-cache $deps'
    command = commands(text)[-1]
    assert values(command) == ["apk", "add", "--no-cache", "gcc", "make"]
    assert [texts(command.place(word), text) for word in command.words[3:]] == ["$deps", "$deps"]


def test_variables_given_from_outside_are_put_in() -> None:
    (command,) = commands("pip install flask==$FLASK_VERSION", variables={"FLASK_VERSION": "3.0.0"})
    assert values(command)[-1] == "flask==3.0.0"


@pytest.mark.parametrize(
    ("text", "flag", "expected"),
    [
        ("apt-get install -y curl", "-y", True),
        ("apt-get -yqq install curl", "-y", True),
        ("apt-get install --yes curl", "-y", False),
        ("apt-get install -o Dpkg::Options::=-y curl", "-y", False),
        ("apt-get install -o -y curl", "-y", False),
        ("apt-get install -- -y", "-y", False),
        ("pip install --no-cache-dir x", "--no-cache-dir", True),
        ("kubectl apply --server-side=true", "--server-side", True),
        ("kubectl apply --server-side=false", "--server-side", False),
        ("go build -trimpath .", "-trimpath", True),
        ("go build --trimpath .", "-trimpath", True),
        ("go build -trimpath .", "-t", False),
        ("docker run --rm img app -d", "-d", False),
        ("gcloud run deploy --no-allow-unauthenticated", "--allow-unauthenticated", False),
        ("x $FLAGS", "-y", False),
    ],
)
def test_flags_are_found(text: str, flag: str, expected: bool) -> None:
    assert first(text).has_flag(flag) is expected


def test_repeated_flags_are_counted_in_clusters_too() -> None:
    assert first("apt-get -qq -q update").count_flag("-q", "--quiet") == 3


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("aws x --runtime go1.x", ["--runtime"], "go1.x"),
        ("aws x --runtime=go1.x", ["--runtime"], "go1.x"),
        ("aws x '--runtime=go1.x'", ["--runtime"], "go1.x"),
        ("unknown --runtime 'go 1'", ["--runtime"], "go 1"),
        ("unknown -r go", ["-r", "--runtime"], "go"),
        ("unknown -rgo", ["-r"], "go"),
        ("unknown -vrgo", ["-r"], "go"),
        ("kubectl -nprod get pods", ["-n", "--namespace"], "prod"),
        ("kubectl -n=prod get pods", ["-n"], "prod"),
        ("kubectl -n prod -n test get pods", ["-n"], "test"),
        ("go build -o=app .", ["-o"], "app"),
        ("docker run --name a img --name b", ["--name"], "a"),
        ("x --runtime", ["--runtime"], None),
        ("x runtime go", ["--runtime"], None),
        ("x --runtime=$R", ["--runtime"], None),
    ],
)
def test_values_of_flags_are_found(text: str, names: list[str], expected: str | None) -> None:
    word = first(text).option(*names)
    assert (word and word.value) == expected


def test_an_unknown_value_of_a_flag_has_its_place() -> None:
    text = "x --runtime=$R"
    command = first(text)
    word = command.option("--runtime")
    assert word is not None
    assert texts(command.place(word), text) == "$R"


def test_all_values_of_a_repeated_flag_are_found() -> None:
    found = first("docker build --build-arg A=1 -t x --build-arg=B=2 .").options("--build-arg")
    assert [word.value for word in found] == ["A=1", "B=2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apt-get -o A=1 install -t sid curl", ["install", "curl"]),
        ("kubectl -n prod logs -f web", ["logs", "web"]),
        ("kubectl apply -f web", ["apply"]),
        ("docker run -it -v a:b img sh -c 'x'", ["run", "img", "sh", "-c", "x"]),
        ("aws lambda create-function --publish --runtime go1.x", ["lambda", "create-function"]),
        ("gcloud functions deploy --gen2 hello --runtime go116", ["functions", "deploy", "hello"]),
        ("gcloud functions deploy --retry --runtime go116", ["functions", "deploy"]),
        ("go build -ldflags '-s -w' -tags x ./cmd", ["build", "./cmd"]),
        ("tool -- -a b", ["-a", "b"]),
        ("curl -fsSL -o out url", ["url"]),
        ("tool - a", ["-", "a"]),
    ],
)
def test_operands_are_neither_flags_nor_their_values(text: str, expected: list[str]) -> None:
    assert [word.value for word in first(text).operands()] == expected


def test_flags_that_take_values_can_be_named_by_the_asker() -> None:
    assert [word.value for word in first("tool --in a b").operands(["--in"])] == ["b"]


def test_program_and_subcommands_are_compared_at_once() -> None:
    command = first("sudo aws --region eu-west-1 lambda create-function --runtime go1.x")
    assert command.runs("aws", "lambda", "create-function|update-function-configuration")
    assert not command.runs("aws", "lambda", "invoke")
    assert not command.runs("aws", "lambda", "create-function", "x")
    assert command.subcommand == "lambda"


def test_operands_after_the_subcommand() -> None:
    assert [word.value for word in first("kubectl rollout status deploy/a").operands_after("rollout", "status")] == [
        "deploy/a"
    ]


@pytest.mark.parametrize(
    ("text", "manager", "packages"),
    [
        ("apt-get install -y --no-install-recommends a=8.* b", "apt-get", ["a=8.*", "b"]),
        ("apt install -t sid curl", "apt-get", ["curl"]),
        ("apk add --no-cache --virtual .build gcc", "apk", ["gcc"]),
        ("yum -y install curl", "yum", ["curl"]),
        ("dnf group install tools", "dnf", ["tools"]),
        ("pip3 install -r requirements.txt flask==3.0", "pip", ["flask==3.0"]),
        ("python -m pip install -U pip", "pip", ["pip"]),
        ("npm install -g yarn@1", "npm", ["yarn@1"]),
        ("go install example.com/tool@latest", "go", ["example.com/tool@latest"]),
        ("apt-get update", "apt-get", None),
        ("make install", None, None),
    ],
)  # fmt: skip
def test_packages_to_install_are_found(text: str, manager: str | None, packages: list[str] | None) -> None:
    command = first(text)
    found = command.packages
    assert command.manager == manager
    assert (found and [word.value for word in found]) == packages


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("apt-get update", "updates_index"),
        ("zypper --non-interactive refresh", "updates_index"),
        ("dnf -y makecache", "updates_index"),
        ("apt-get -y upgrade", "upgrades_all"),
        ("yum update", "upgrades_all"),
        ("yum update curl", None),
        ("apt-get clean", "cleans_cache"),
        ("microdnf clean all", "cleans_cache"),
        ("dnf clean metadata", None),
        ("npm cache clean --force", "cleans_cache"),
        ("uv sync --locked", "restores"),
        ("yarn", "restores"),
        ("yarn --frozen-lockfile", "restores"),
        ("yarn --version", None),
        ("yarn build", None),
        ("composer require vendor/package", "installs"),
        ("zypper in -C curl", "installs"),
        ("make", None),
    ],
)
def test_the_task_of_a_package_manager_is_known(text: str, task: str | None) -> None:
    command = first(text)
    tasks = ["installs", "restores", "updates_index", "upgrades_all", "cleans_cache"]
    assert [name for name in tasks if getattr(command, name)] == ([task] if task else [])


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("uv pip install -p 3.14 --extra test --link-mode copy flask", "flask"),
        ("pip install -C key=value -t /app flask", "flask"),
        ("npm install --user root -g serve", "serve"),
        ("gem install --without test rails", "rails"),
    ],
)
def test_values_of_flags_are_no_packages(text: str, package: str) -> None:
    assert [word.value for word in first(text).packages or []] == [package]


@pytest.mark.parametrize("text", ["pip3.12 install x", "/usr/bin/pip3.9 install x", "python3.11 -mpip3 install x"])
def test_the_minor_version_in_the_name_of_a_program_does_not_matter(text: str) -> None:
    assert first(text).program == "pip3"


def test_the_place_of_a_command_is_without_its_wrappers() -> None:
    text = "cd x &&\n  sudo -E apt-get install \\\n    curl >log"
    assert texts(commands(text)[1].place(), text) == "apt-get install \\\n    curl >log"


def test_the_place_of_words_reaches_from_the_first_to_the_last() -> None:
    text = "apt-get -y install curl"
    command = first(text)
    assert texts(command.place(command.words[0], command.words[2]), text) == "apt-get -y install"


def test_neighbours_and_pipelines_are_commands_too() -> None:
    found = commands("a; curl x | sudo tar -x && b")
    curl = found[1]
    assert [command.program for command in curl.pipeline] == ["curl", "tar"]
    assert [command.program for command in curl.before] == ["a"]
    assert [command.program for command in curl.after] == ["tar", "b"]


class _Step:
    shell: str | None = "bash"
    static_environment: ClassVar[dict[str, str]] = {}

    def string(self, key: str) -> str:
        return "a b\nc\n"

    def text_at(self, path: tuple[str, ...], offset: int, length: int) -> Place:
        source = Source("workflow.yaml", "a b\nc\n")
        return Place(source.path, source.span(offset, offset + length))


def test_commands_of_a_step_are_located_by_the_step() -> None:
    step = _Step()
    found = commands_of_step(step)
    assert [(type(command), command.origin, command.place().span.line) for command in found] == [
        (StepCommand, step, 1), (StepCommand, step, 2),
    ]  # fmt: skip


def test_every_program_of_the_table_that_is_like_another_has_its_flags() -> None:
    assert tool("podman").entry["verbs"]["run"] == tool("docker").entry["verbs"]["run"]
    assert tool("unheard-of").entry == {}


_WORDS = st.sampled_from(
    ["sudo", "env", "-u", "-c", "sh", "bash", "A=1", "--", "-", "--x=", "--x", "apt-get", "install", "docker", "run",
     "$x", "'a b'", '"$(b)"', "timeout", "python3", "-m", "eval", "su", "&&", "|", "<<E", "\nE\n", '"', "é", "aws",
     "-n", "''"]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=12).map(" ".join))
def test_no_command_line_makes_a_view_raise(text: str) -> None:
    for command in commands(text):
        assert all(place.span for place in [command.place(), *(command.place(word) for word in command.words)])
        assert {word.start for word in command.operands()} <= {word.start for word in command.words}
        assert all(isinstance(flag.name, str) for flag in command.flags)
        assert command in command.pipeline
        command.option("-u", "--x")
        command.packages
