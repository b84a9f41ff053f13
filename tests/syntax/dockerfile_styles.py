"""Dockerfiles of many styles, written by a generator that gives the same ones on every run."""

import random
from collections.abc import Callable

IMAGES = [
    "alpine:3.23",
    "debian:trixie-slim",
    "golang:1.27-alpine",
    "$BASE",
    "${REGISTRY:-docker.io}/library/node:24",
    "scratch",
    "gcr.io/distroless/static@sha256:" + "0123456789abcdef" * 4,
]
WINDOWS_IMAGES = ["mcr.microsoft.com/windows/nanoserver:ltsc2022", "mcr.microsoft.com/windows/servercore:ltsc2025"]
COMMANDS = [
    "apk add --no-cache curl",
    "set -eux; apt-get update; apt-get install -y --no-install-recommends ca-certificates",
    "echo \"a # b\" '<<EOF' && test -f /x || exit 1",
    "echo $((1 << 2)) <<<text",
    'for f in a b; do echo "$f" ; done',
    "[ -f /etc/x ] && rm /etc/x",
    'if [ -n "$X" ]; then echo "${X%%.*}"; fi',
    "printf '%s\\n' 'FROM nothing' > /etc/y",
    'go build -ldflags="-s -w" -o /out/app ./cmd/app',
]
COMMENTS = [
    "# a comment",
    "#",
    "#no blank",
    "   # indented",
    "\t# FROM nothing",
    "# ends in the escape \\",
    "## syntax=x",
]
BODIES = [
    ["set -e", "apk add curl", "", "# no comment", "FROM nothing"],
    ["line \\", "EOFX", " EOF", "EOF "],
    ["\tindented", "\t\ttwice", "RUN x"],
    [],
    ["$x ${y} `z`", "<<OTHER", "it's \"quoted"],
]
DIRECTIVES = ["# syntax=docker/dockerfile:1", "#syntax = docker/dockerfile:1.20", "# Syntax=docker/dockerfile"]


class Writer:
    """Writes one Dockerfile; ``seed`` decides everything."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.is_windows = self.chance(0.15)
        self.escape = "`" if self.is_windows or self.chance(0.05) else "\\"
        self.case: Callable[[str], str] = self.random.choice([str.upper, str.upper, str.upper, str.lower, str.title])
        self.spaces_oddly = self.chance(0.2)
        self.stages = 0

    def text(self) -> str:
        self.head()
        for _ in range(self.random.randint(1, 3)):
            self.stage()
        self.tail()
        ending = "\r\n" if self.chance(0.15) else "\n"
        text = ending.join(self.lines)
        return text + ending if self.chance(0.8) else text

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def head(self) -> None:
        if self.chance(0.4):
            self.lines.append(self.random.choice(DIRECTIVES))
        if self.escape == "`":
            self.lines.append(self.random.choice(["# escape=`", "#ESCAPE=`", "# escape = `"]))
        elif self.chance(0.1):
            self.lines.append("# escape=\\")
        self.between()
        for name in ("BASE", "REGISTRY"):
            if self.chance(0.4):
                self.add("ARG", f"{name}=alpine")

    def tail(self) -> None:
        kind = self.random.randrange(6)
        if kind == 0:
            # The file ends within an instruction, after a comment and an empty line perhaps.
            self.lines.append(f"{self.keyword('RUN')} last {self.escape}")
            self.lines += self.random.choice([[], ["# a comment"], ["  && more " + self.escape], ["# one", "# two"]])
        elif kind == 1:
            self.lines.append(self.keyword("CMD"))
        elif kind == 2:
            self.lines += ["", "# the end", ""]

    def between(self) -> None:
        for _ in range(self.random.choice([0, 0, 0, 1, 2])):
            self.lines.append(self.random.choice(["", "", "  ", "\t", *COMMENTS]))

    def keyword(self, keyword: str) -> str:
        if self.chance(0.03):
            return "".join(self.random.choice([letter.lower(), letter.upper()]) for letter in keyword)
        return self.case(keyword)

    def blank(self) -> str:
        return self.random.choice([" ", "  ", "\t", " \t "]) if self.spaces_oddly else " "

    def add(self, keyword: str, *words: str) -> None:
        """Add an instruction, over several lines perhaps."""
        self.between()
        indent = self.blank() if self.spaces_oddly and self.chance(0.3) else ""
        line = indent + self.keyword(keyword)
        for word in words:
            if self.chance(0.15):
                self.lines.append(line + self.blank() + self.escape + self.random.choice(["", "", " ", "\t"]))
                line = self.random.choice(["", " ", "    ", "\t"])
                self.within()
                line += word
            else:
                line += self.blank() + word
        self.lines.append(line + (self.blank() if self.spaces_oddly else ""))

    def within(self) -> None:
        """Add what may stand between the lines of an instruction."""
        for _ in range(self.random.choice([0, 0, 1, 2])):
            self.lines.append(self.random.choice(["", "  ", "# within", "   # within, indented", "# within \\", "#"]))

    def stage(self) -> None:
        image = self.random.choice(WINDOWS_IMAGES if self.is_windows else IMAGES)
        words = ["--platform=$BUILDPLATFORM"] if self.chance(0.2) else []
        words.append(image)
        if self.chance(0.6):
            words += [self.random.choice(["AS", "as", "As"]), f"stage{self.stages}"]
        self.add("FROM", *words)
        self.stages += 1
        for _ in range(self.random.randint(1, 7)):
            self.random.choice(KINDS)(self)

    def split_keyword(self) -> None:
        self.lines += [f"RU{self.escape}", f"N echo split {self.escape}", f"{self.escape}", "  end"]

    def shell_form(self) -> None:
        if self.is_windows:
            command = self.random.choice(["dir C:\\", "powershell -Command Get-Item C:\\Windows\\", "mkdir C:\\a\\"])
        else:
            command = self.random.choice(COMMANDS)
        self.add(self.random.choice(["RUN", "RUN", "CMD", "ENTRYPOINT"]), *command.split(" "))

    def official_idiom(self) -> None:
        escape = self.escape
        self.lines += [f"{self.keyword('RUN')} set -eux; {escape}", "# packages"]
        self.lines += [f"\tapt-get install -y {escape}", f"\t\tcurl {escape}", "", f"# one more {escape}"]
        self.lines += [f"\t\twget {escape}", f"\t; {escape}", "\trm -rf /var/lib/apt/lists/*"]

    def run_flags(self) -> None:
        mount = "--mount=type=cache,target=/root/.cache,sharing=locked"
        secret = "--mount=type=secret,id=token"
        self.add(
            "RUN", *self.random.choice([[mount], [mount, secret], ["--network=none"], ['--mount="type=ssh"']]), "x"
        )

    def copy(self) -> None:
        flags = self.random.choice([[], [], ["--from=0"], ["--chown=1:1", "--link"], ["--from='a b'"], ["--"]])
        paths = self.random.choice([["a", "/b"], [".", "."], ["a", "b", "c/"], ['["a b",', '"/c"]'], ["a\\ b", "/c"]])
        self.add(self.random.choice(["COPY", "ADD"]), *flags, *paths)

    def exec_form(self) -> None:
        keyword = self.random.choice(["CMD", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"])
        words = self.random.choice(
            [['["a",', '"b"]'], ['[ "a"', ",", '"b"', "]"], ["[]"], ['["a\\nb\\"c"]'], ['["C:\\\\a"]']]
        )
        self.add(keyword, *words)

    def json_within_strings(self) -> None:
        self.lines += [f'{self.keyword("CMD")} ["sh", "-c", "echo a {self.escape}', "# a comment", 'echo b"]']

    def no_json(self) -> None:
        self.add("CMD", self.random.choice(["['a',", '["a"', '["a",]', "[a]", '["a" "b"]']), "x")

    def pairs(self) -> None:
        words = self.random.choice(
            [
                ["A=1"],
                ["A=1", "B='x y'"],
                ["A", "some words"],
                ['A="x', 'y"'],
                [f"A=x{self.escape} y", "B=$A"],
                ["A=${B:-c}", "D="],
            ]
        )
        self.add(self.random.choice(["ENV", "LABEL"]), *words)

    def arguments(self) -> None:
        self.add("ARG", *self.random.choice([["A"], ["A=1"], ["A", "B='x y'"], ['A=""']]))

    def single_words(self) -> None:
        keyword, word = self.random.choice(
            [("USER", "1000:1000"), ("WORKDIR", "/my app"), ("STOPSIGNAL", "SIGTERM"), ("MAINTAINER", "O'Brien <a@b>")]
        )
        self.add(keyword, word)

    def expose(self) -> None:
        self.add("EXPOSE", *self.random.choice([["80"], ["80/tcp", "53/udp"], ["$PORT"], ["8000-8010"]]))

    def healthcheck(self) -> None:
        words = self.random.choice(
            [["NONE"], ["CMD", "curl", "-f", "x"], ["--interval=5s", "--retries=3", "cmd", '["/x"]']]
        )
        self.add("HEALTHCHECK", *words)

    def trigger(self) -> None:
        words = self.random.choice([["RUN", "make", "all"], ["copy", ".", "/src"], ["CMD", '["a"]'], ["ENV", "A=1"]])
        self.add("ONBUILD", *words)

    def heredoc(self) -> None:
        body = self.random.choice(BODIES)
        mark, end, indent = self.random.choice(
            [
                ("<<EOF", "EOF", ""),
                ("<<-EOF", "EOF", "\t"),
                ("<<'EOF'", "EOF", ""),
                ('<<-"END-OF"', "END-OF", "\t\t"),
                ("3<<EOF", "EOF", ""),
                ("<<\\E", "E", ""),
            ]
        )
        words = self.random.choice(
            [
                ["RUN", mark],
                ["RUN", "cat", mark, ">", "/x"],
                ["COPY", mark, "/x"],
                ["ADD", "--chown=1", mark, "/x"],
                ["ONBUILD", "RUN", mark],
                ["RUN", "python3", mark],
                ["RUN", "--mount=type=ssh", mark],
            ]
        )
        self.add(*words)
        self.lines += [*body, indent + end]

    def two_heredocs(self) -> None:
        self.add(
            *self.random.choice([["COPY", "<<ONE", "<<-TWO", "/d/"], ["RUN", "cat", "<<ONE", "&&", "cat", "<<-TWO"]])
        )
        self.lines += ["first", "TWO", "ONE", "\tsecond", "ONE", "\tTWO"]

    def no_heredocs(self) -> None:
        self.lines += [
            f"{self.keyword('RUN')} echo \"<<EOF\" '<<EOF' $((1<<2)) <<<EOF",
            f'{self.keyword("RUN")} ["cat", "<<EOF"]',
            f"{self.keyword('CMD')} cat <<EOF",
        ]

    def doubled_escape(self) -> None:
        self.lines += [f"{self.keyword('RUN')} echo {self.escape * 2}", f"{self.keyword('RUN')} echo {self.escape * 3}"]

    def unknown(self) -> None:
        self.add(self.random.choice(["FOO", "&&", "RUNN", "=", "apt-get"]), "x", "y")

    def odd_characters(self) -> None:
        self.lines += [
            f"{self.keyword('RUN')} a\x0cb",
            f"{self.keyword('RUN')} a\u2028b ä 🐳",
            f"{self.keyword('RUN')}\tx",
        ]


KINDS: list[Callable[[Writer], None]] = [
    *[Writer.shell_form, Writer.copy, Writer.heredoc, Writer.pairs] * 2,
    *[Writer.split_keyword, Writer.official_idiom, Writer.run_flags, Writer.exec_form, Writer.json_within_strings],
    *[Writer.no_json, Writer.arguments, Writer.single_words, Writer.expose, Writer.healthcheck, Writer.trigger],
    *[Writer.two_heredocs, Writer.no_heredocs, Writer.doubled_escape, Writer.unknown, Writer.odd_characters],
]


def dockerfile_of(seed: int) -> str:
    """Give the Dockerfile of a seed."""
    return Writer(seed).text()
