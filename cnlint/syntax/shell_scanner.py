"""A scanner that splits shell scripts into simple commands in one pass.

It knows the whole grammar of bash as far as that tells where commands, words and redirections begin and end. It takes
linear time; open constructs are a list, and only substitutions recurse, to a bounded depth.
"""

import re
from typing import NamedTuple

from cnlint.syntax.patterns import regex
from cnlint.syntax.shell import (
    Assignment,
    Context,
    Part,
    Redirection,
    Script,
    SimpleCommand,
    Word,
    skip_nested,
    without_expressions,
)

_DEPTH = 10
"""Substitutions nested deeper than this are not looked into."""

_BLANKS = regex(r"(?:[ \t]|\\\n)+")
_PLAIN = regex(r"[^\s\\'\"`$<>|&;()]+")
# A plain word of a command, up to a blank: what most scripts consist of.
_NEXT_PLAIN = regex(r"[ \t]+([^\s\\'\"`$<>|&;()#][^\s\\'\"`$<>|&;()]*)(?=[ \t\n]|\Z)")
_IN_QUOTES = regex(r'[^\\"`$]+')
_REDIRECT = regex(r"(\d*|\{\w+\})(&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||<|>)", re.ASCII)
_REDIRECT_STARTS = "<>&{0123456789"
_OPERATOR = regex(r"&&|\|\||\|&|;;&|;;|;&|[|&;]")
_ASSIGNMENT = regex(r"([A-Za-z_]\w*)(?:\[(?:[^]\s[]|\[[^]\s[]*\])*\])?(\+?)=", re.ASCII)
_FUNCTION = regex(r"[ \t]*\([ \t]*\)")
_SIMPLE_EXPANSION = regex(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-]|\{[A-Za-z_]\w*(?::?[-+=?][\w./:,-]*)?\})", re.ASCII)
_SUBSTITUTION = regex(r"\\.|\$\(\(?|`", re.DOTALL)
_OPENERS = {"{": "}", "if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac"}
_MIDDLES = {"then": "branch", "else": "branch", "elif": "condition", "do": "loop"}
_LOOPS = frozenset({"while", "until", "for", "select"})
_RESERVED = frozenset({*_OPENERS, *_OPENERS.values(), *_MIDDLES, "!", "[[", "function"})


def scan(text: str, masked: str, dialect: str) -> Script:
    """Split a script for a shell of the Bourne family; ``masked`` is the text made by `cnlint.syntax.shell.mask`."""
    script = Script(text, dialect)
    _Scanner(masked, script).statements(0, len(masked), None, "")
    found = (command for command in script.commands if command.words or command.assignments or command.redirections)
    script.commands = sorted(found, key=lambda command: command.start)
    return script


def split_other(text: str, dialect: str) -> Script:
    """Split a script for PowerShell or cmd at its operators; scripts of other interpreters have no commands."""
    script = Script(text, dialect)
    tokens = _OTHER_TOKENS.get(dialect)
    if tokens is None:
        return script
    command: SimpleCommand | None = None
    operator: str | None = None
    for match in tokens.finditer(without_expressions(text)):
        kind = match.lastgroup
        if kind == "word":
            if command is None:
                command = SimpleCommand(None, operator)
                command.start = match.start()
                script.commands.append(command)
            word = text[match.start() : match.end()]
            value = word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"" else word
            is_known = not _OTHER_UNKNOWN.search(word)
            offset = match.start() + (value is not word)
            part_kind = "literal" if is_known else "expression" if "${{" in word else "variable"
            quote = word[0] if value is not word else ""
            part = Part(part_kind, offset, offset + len(value), value if is_known else "", quote)
            command.words.append(Word(text, match.start(), match.end(), (part,)))
            command.end = match.end()
        elif kind == "operator":
            sign = match.group() if match.group() in ("&&", "||", "|", "&") else ";"
            if command is not None and sign != ";":
                command.next_operator = sign
            if sign != ";" or command is not None:
                operator = sign
            command = None
    return script


_POWERSHELL_TOKENS = regex(
    r"(?P<skip>[ \t\r]+|`\r?\n|<\#(?:[^#]|\#(?!>))*+\#>|\#[^\n]*)"
    r"|(?P<operator>&&|\|\||[|;\n(){}]|&(?=\s))"
    r"|(?P<word>(?:'[^']*+'?|\"(?:[^\"`]|`.)*+\"?|\$\([^()]*+\)|`[^\r\n]|[^\s'\"`|;(){}])++)",
    re.DOTALL,
)
_CMD_TOKENS = regex(
    r"(?P<skip>[ \t\r]+|\^\r?\n)"
    r"|(?P<operator>&&|\|\||[|&\n()])"
    r"|(?P<word>(?:\"[^\"\n]*+\"?|\^[^\r\n]|[^\s\"|&()^])++)"
)
_OTHER_TOKENS = {"powershell": _POWERSHELL_TOKENS, "pwsh": _POWERSHELL_TOKENS, "cmd": _CMD_TOKENS}
_OTHER_UNKNOWN = regex(r"[$%`^]|\S['\"]\S")


class _Frame(NamedTuple):
    """An open compound command: its first word, the word that closes it, and the context around it."""

    keyword: str
    closer: str
    context: Context | None


class _Level:
    """The state of one list of commands: the script, or a substitution in it."""

    __slots__ = (
        "after_compound", "command", "context", "frames", "function_follows", "in_pattern", "is_dangling", "negated",
        "operator",
    )  # fmt: skip

    def __init__(self, context: Context | None) -> None:
        self.context = context
        self.frames: list[_Frame] = []
        self.command: SimpleCommand | None = None
        self.operator: str | None = None
        self.negated = False
        self.after_compound = False
        self.function_follows = False
        self.in_pattern = False
        self.is_dangling = False


class _Scanner:
    """One pass over a masked text."""

    def __init__(self, text: str, script: Script) -> None:
        self.text = text
        self.is_masked = text != script.text
        self.end = len(text)
        self.script = script
        self.pending: list[tuple[list[Redirection], int]] = []
        self.depth = 0
        self.looks_for_arithmetic = True

    def statements(self, position: int, end: int, context: Context | None, closer: str) -> int:
        """Read commands up to ``end``, or to the ``)`` that ends a substitution; give the offset after them."""
        outer_end, self.end = self.end, end
        self.depth += 1
        position = self._list(position, _Level(context), closer)
        self.depth -= 1
        self.end = outer_end
        return position

    def _list(self, position: int, level: _Level, closer: str) -> int:
        text = self.text
        while True:
            blanks = _BLANKS.match(text, position, self.end)
            if blanks:
                position = blanks.end()
            if position >= self.end:
                break
            character = text[position]
            if character == "#":
                newline = text.find("\n", position, self.end)
                position = self.end if newline < 0 else newline
            elif character == "\n":
                self._newline(level)
                position = self._read_heredocs(position + 1, level.context)
            elif level.in_pattern:
                position = self._case_pattern(position, level)
            elif character == ")":
                self._finish(level, None)
                position += 1
                if level.frames and level.frames[-1].closer == ")":
                    self._pop(level)
                elif closer == ")":
                    self._check_end(level)
                    return position
                else:
                    self._error()
            elif character == "(":
                position = self._open_bracket(position, level)
            elif character in _REDIRECT_STARTS and (redirect := self._redirect(position)):
                position = self._redirection(redirect, level)
            elif character in ";|&":
                position = self._operator(position, level)
            else:
                position = self._word_of(position, level)
        self._check_end(level)
        if closer:
            self._error()
        return position

    def _check_end(self, level: _Level) -> None:
        self._finish(level, None)
        if level.frames or level.is_dangling:
            self._error()

    # Operators and brackets.

    def _newline(self, level: _Level) -> None:
        if level.command is not None or level.after_compound:
            self._finish(level, ";")
            level.operator = ";"

    def _operator(self, position: int, level: _Level) -> int:
        match = _OPERATOR.match(self.text, position)
        sign = match.group() if match else ";"
        if sign[0] == ";" and sign != ";":
            if level.frames and level.frames[-1].keyword == "case":
                level.in_pattern = True
            else:
                self._error()
            self._finish(level, ";")
            return position + len(sign)
        if level.command is None and not level.after_compound:
            self._error()
        self._finish(level, sign)
        level.operator = sign
        level.is_dangling = sign not in (";", "&")
        return position + len(sign)

    def _finish(self, level: _Level, operator: str | None) -> None:
        if level.command is not None:
            level.command.next_operator = None if operator == ";" else operator
            level.command = None
        level.negated = False
        level.after_compound = False

    def _push(self, level: _Level, keyword: str, closer: str, kind: str | None, start: int) -> None:
        level.frames.append(_Frame(keyword, closer, level.context))
        level.is_dangling = False
        if kind is not None:
            level.context = Context("function" if level.function_follows else kind, start, level.context)
            level.function_follows = False

    def _pop(self, level: _Level) -> None:
        level.context = level.frames.pop().context
        level.after_compound = True

    def _open_bracket(self, position: int, level: _Level) -> int:
        if level.command is None and self.text.startswith("((", position) and self.looks_for_arithmetic:
            end = skip_nested(self.text, position, self.end)
            if self.text.endswith("))", position, end):
                self._substitutions(position, end, level.context)
                level.after_compound = True
                level.is_dangling = False
                return end
            # Looking ahead again at every further bracket would take quadratic time.
            self.looks_for_arithmetic = False
        if level.command is not None or level.after_compound:
            self._error()
            self._finish(level, None)
        self._push(level, "(", ")", "subshell", position)
        return position + 1

    def _redirect(self, position: int) -> "re.Match[str] | None":
        redirect = _REDIRECT.match(self.text, position, self.end)
        if redirect and redirect.group() in ("<", ">") and self.text.startswith("(", redirect.end()):
            return None
        return redirect

    def _error(self) -> None:
        self.script.has_errors = True

    # Words.

    def _word_of(self, position: int, level: _Level) -> int:
        """Read a word and see what it is where it stands: a reserved word, an assignment or a word of a command."""
        start, position = position, self._word(position, level.context)
        text = self.text
        command = level.command
        if command is None or (len(command.words) < 3 and _is_time(command)):
            written = text[start:position]
            if written in _RESERVED:
                if command is not None:
                    command.words.clear()
                    level.command = None
                return self._reserved(written, start, position, level)
            if command is None:
                function = _FUNCTION.match(text, position, self.end)
                if function:
                    self.script.functions.add(written)
                    level.function_follows = True
                    return function.end()
        if level.after_compound:
            self._error()
            self._finish(level, None)
        command = self._command(level, start)
        if not command.words:
            assignment = _ASSIGNMENT.match(text, start, position)
            if assignment:
                command.assignments.append(self._assignment(assignment, position, level.context))
                command.end = position
                return position
        command.words.append(Word(self.script.text, start, position))
        position = self._plain_words(position, command.words) if not _is_time(command) else position
        command.end = position
        return position

    def _plain_words(self, position: int, words: list[Word]) -> int:
        """Read the words from here on as long as nothing in them means anything to the shell."""
        text, end, is_masked = self.script.text, self.end, self.is_masked
        while match := _NEXT_PLAIN.match(self.text, position, end):
            start, position = match.span(1)
            words.append(Word(text, start, position, value=None if is_masked else match[1]))
        return position

    def _command(self, level: _Level, start: int) -> SimpleCommand:
        if level.command is None:
            level.command = SimpleCommand(level.context, level.operator, level.negated)
            level.command.start = level.command.end = start
            level.is_dangling = False
            self.script.commands.append(level.command)
        return level.command

    def _assignment(self, match: "re.Match[str]", end: int, context: Context | None) -> Assignment:
        is_array = self.text.startswith("(", match.end()) or self.text[match.end() - 2] == "]"
        value = None if is_array else Word(self.script.text, match.end(), end)
        return Assignment(match.group(1), value, match.start(), end, bool(match.group(2)), context)

    def _reserved(self, written: str, start: int, position: int, level: _Level) -> int:
        if written == "{":
            self._push(level, written, "}", "group", start)
            return position
        if written == "}" and level.frames and level.frames[-1].closer == "}":
            self._pop(level)
            return position
        if written == "!":
            level.negated = not level.negated
        elif written == "[[":
            command = self._command(level, start)
            command.words, position = self._test(start, level.context)
            command.end = position
        elif written == "function":
            position = self._function_name(position, level)
        elif written in ("if", "while", "until"):
            self._push(level, written, _OPENERS[written], "condition", start)
        elif written in ("for", "select"):
            self._push(level, written, "done", None, start)
            position = self._loop_head(position, level.context)
        elif written == "case":
            self._push(level, written, "esac", None, start)
            position = self._case_head(position, level)
        elif written in _MIDDLES and level.frames and (written == "do") == (level.frames[-1].keyword in _LOOPS):
            level.context = Context(_MIDDLES[written], start, level.frames[-1].context)
            level.operator = None
        elif level.frames and level.frames[-1].closer == written:
            self._pop(level)
        else:
            self._error()
        return position

    def _function_name(self, position: int, level: _Level) -> int:
        start = self._blanks(position)
        position = self._word(start, level.context)
        self.script.functions.add(self.text[start:position])
        brackets = _FUNCTION.match(self.text, position, self.end)
        level.function_follows = True
        return brackets.end() if brackets else position

    def _loop_head(self, position: int, context: Context | None) -> int:
        position = self._blanks(position)
        if self.text.startswith("((", position):
            end = skip_nested(self.text, position, self.end)
            self._substitutions(position, end, context)
            position = end
        else:
            start, position = position, self._word(position, context)
            self.script.loop_variables.append(
                Assignment(self.text[start:position], None, start, position, False, context)
            )
            position = self._blanks(position, newlines=True)
            if self._word_is(position, "in"):
                position = self._blanks(position + 2)
                while position < self.end and self.text[position] not in ";\n&|)<>(":
                    position = self._blanks(self._head_word(position, context))
        position = self._blanks(position)
        return position + 1 if self.text.startswith(";", position) and position < self.end else position

    def _head_word(self, start: int, context: Context | None) -> int:
        end = self._word(start, context)
        self.script.head_words.append(Word(self.script.text, start, end))
        return end

    def _case_head(self, position: int, level: _Level) -> int:
        position = self._head_word(self._blanks(position), level.context)
        position = self._blanks(position, newlines=True)
        level.in_pattern = True
        if self._word_is(position, "in"):
            return position + 2
        self._error()
        return position

    def _case_pattern(self, position: int, level: _Level) -> int:
        """Read ``a|b)``, or the ``esac`` that ends the case command."""
        level.in_pattern = False
        if self._word_is(position, "esac"):
            self._pop(level)
            return position + 4
        context = Context("case", position, level.frames[-1].context)
        position += self.text.startswith("(", position)
        while position < self.end and self.text[position] not in ");\n&<>(":
            step = 1 if self.text[position] == "|" else 0
            position = self._blanks(self._word(position, level.context) if not step else position + 1)
        level.context = context
        level.operator = None
        if position < self.end and self.text[position] == ")":
            return position + 1
        self._error()
        return position + 1 if position < self.end and self.text[position] in "(<>&" else position

    def _blanks(self, position: int, newlines: bool = False) -> int:
        while True:
            blanks = _BLANKS.match(self.text, position, self.end)
            if blanks:
                position = blanks.end()
            if not (newlines and position < self.end and self.text[position] == "\n"):
                return position
            position += 1

    def _word_is(self, position: int, word: str) -> bool:
        end = position + len(word)
        return self.text.startswith(word, position) and (end >= self.end or self.text[end] in " \t\n;)&|")

    def _test(self, start: int, context: Context | None) -> tuple[list[Word], int]:
        """Read ``[[ ... ]]``, in which operators and brackets are words; give its words and the offset after it."""
        words: list[Word] = []
        position = start
        while position < self.end:
            position = self._blanks(position, newlines=bool(words))
            if position >= self.end:
                break
            begin = position
            match = _OPERATOR.match(self.text, position, self.end)
            if match:
                position = match.end()
            elif self.text[position] in "()<>":
                position += 1
            else:
                position = self._word(position, context)
            words.append(Word(self.script.text, begin, position))
            if self.text[begin:position] == "]]":
                return words, position
        self._error()
        return words, position

    def _word(self, start: int, context: Context | None) -> int:
        """Give the offset after the word at ``start``, at least one character on; commands in it are read."""
        text = self.text
        position = start
        while position < self.end:
            plain = _PLAIN.match(text, position, self.end)
            if plain:
                position = plain.end()
                if position >= self.end:
                    break
            character = text[position]
            if character in " \t\n;|&)":
                break
            if character == "\\":
                position = min(position + 2, self.end)
            elif character == "'":
                position = self._after(text.find("'", position + 1, self.end))
            elif character == '"':
                position = self._double_quoted(position, context)
            elif character == "`":
                position = self._backticks(position, context)
            elif character == "$":
                position = self._dollar(position, context, quoted=False)
            elif character == "(":
                if position == start or text[position - 1] not in "?*+@!=":
                    break
                end = skip_nested(text, position, self.end)
                self._substitutions(position, end, context)
                if not text.endswith(")", position, end):
                    self._error()
                position = end
            elif text.startswith("(", position + 1) and position + 1 < self.end:
                position = self._substitution(position, 2, Context("process-substitution", position, context))
            else:
                break
        while text.endswith("\\\n", start + 1, position):
            position -= 2
        return max(position, min(start + 1, self.end))

    def _after(self, closing: int) -> int:
        if closing < 0:
            self._error()
            return self.end
        return closing + 1

    def _double_quoted(self, position: int, context: Context | None) -> int:
        text = self.text
        position += 1
        while position < self.end:
            run = _IN_QUOTES.match(text, position, self.end)
            if run:
                position = run.end()
                continue
            character = text[position]
            if character == '"':
                return position + 1
            if character == "\\":
                position += 2
            elif character == "`":
                position = self._backticks(position, context)
            else:
                position = self._dollar(position, context, quoted=True)
        self._error()
        return self.end

    def _dollar(self, position: int, context: Context | None, quoted: bool) -> int:
        text = self.text
        simple = _SIMPLE_EXPANSION.match(text, position, self.end)
        if simple:
            return simple.end()
        following = text[position + 1 : min(position + 2, self.end)]
        if following == "(":
            if text.startswith("$((", position):
                end = skip_nested(text, position + 1, self.end)
                if text.endswith("))", position, end):
                    self._substitutions(position + 3, end, context)
                    return end
            return self._substitution(position, 2, Context("substitution", position, context))
        if following == "{":
            end = skip_nested(text, position + 1, self.end)
            self._substitutions(position + 2, end, context)
            if not text.endswith("}", position, end):
                self._error()
            return end
        if following == "'" and not quoted:
            position += 2
            while position < self.end and text[position] != "'":
                position += 2 if text[position] == "\\" else 1
            return self._after(position if position < self.end else -1)
        return position + 1

    def _substitution(self, position: int, opening: int, context: Context) -> int:
        if self.depth >= _DEPTH:
            return skip_nested(self.text, position + opening - 1, self.end)
        return self.statements(position + opening, self.end, context, ")")

    def _backticks(self, position: int, context: Context | None) -> int:
        closing = position + 1
        while closing < self.end and self.text[closing] != "`":
            closing += 2 if self.text[closing] == "\\" else 1
        if closing >= self.end:
            self._error()
            return self.end
        if self.depth < _DEPTH:
            self.statements(position + 1, closing, Context("substitution", position, context), "")
        return closing + 1

    def _substitutions(self, position: int, end: int, context: Context | None) -> None:
        """Read the commands of the substitutions in a stretch that is not a list of commands itself."""
        outer_end, self.end = self.end, end
        while match := _SUBSTITUTION.search(self.text, position, end):
            position = match.end()
            if match.group() == "$(":
                position = self._substitution(match.start(), 2, Context("substitution", match.start(), context))
            elif match.group() == "`":
                position = self._backticks(match.start(), context)
        self.end = outer_end

    # Redirections and here-documents.

    def _redirection(self, match: "re.Match[str]", level: _Level) -> int:
        operator = match.group(2)
        start = self._blanks(match.end())
        end = start
        if self._starts_process(start) or (start < self.end and self.text[start] not in "\n;|&)<>("):
            end = self._word(start, level.context)
        else:
            self._error()
        descriptor = int(match.group(1)) if match.group(1).isdecimal() and len(match.group(1)) < 10 else None
        target = Word(self.script.text, start, end) if end > start else None
        redirection = Redirection(operator, descriptor, target, match.start(), end)
        if level.after_compound and level.command is None:
            owner = self.script.redirections
        else:
            command = self._command(level, match.start())
            command.end = end
            owner = command.redirections
        if operator in ("<<", "<<-") and target is not None:
            self.pending.append((owner, len(owner)))
        owner.append(redirection)
        return end

    def _starts_process(self, position: int) -> bool:
        return position + 1 < self.end and self.text[position] in "<>" and self.text[position + 1] == "("

    def _read_heredocs(self, position: int, context: Context | None) -> int:
        """Read the bodies that begin on the line at ``position``; give the offset after them."""
        pending, self.pending = self.pending, []
        for owner, index in pending:
            redirection = owner[index]
            target = redirection.target
            if target is None or position >= self.end:
                continue
            word = self.text[target.start : target.end]
            is_literal = any(quote in word for quote in "'\"\\")
            terminator = (target.value or target.text) if is_literal else word
            body_start = position
            body_end, position = self._heredoc_end(position, terminator, redirection.operator == "<<-")
            owner[index] = redirection._replace(body=(body_start, body_end))
            if not is_literal and self.depth < _DEPTH:
                self._substitutions(body_start, body_end, Context("heredoc", redirection.start, context))
        return position

    def _heredoc_end(self, position: int, terminator: str, strips_tabs: bool) -> tuple[int, int]:
        """Give the offsets where the body ends and where the line with the terminator ends."""
        text = self.script.text
        while position < self.end:
            newline = text.find("\n", position, self.end)
            line_end = self.end if newline < 0 else newline
            line = text[position:line_end].removesuffix("\r")
            if (line.lstrip("\t") if strips_tabs else line) == terminator:
                return position, min(line_end + 1, self.end)
            position = min(line_end + 1, self.end)
        return position, position


def _is_time(command: SimpleCommand) -> bool:
    """Tell whether all there is of a command yet is a word that may stand before a compound command."""
    if not command.words or command.words[0].text not in ("time", "coproc"):
        return False
    words = [word.text for word in command.words]
    return words in (["time"], ["time", "-p"]) or (words[:1] == ["coproc"] and not command.assignments)
