"""The structure of shell scripts as tree-sitter-bash reads it."""

import functools
import re
from typing import Any

import tree_sitter
import tree_sitter_bash

from cnlint.syntax.shell import Assignment, Context, Redirection, Script, SimpleCommand, Word
from cnlint.syntax.shell_fallback import Heredoc, test_words

_DEPTH = 150
"""Trees nested deeper than this are left to the scanner, which needs no recursion."""

_OPERATORS = frozenset({"&&", "||", "|", "|&", "&", ";", "\n"})
_REDIRECTIONS = frozenset({"file_redirect", "herestring_redirect", "heredoc_redirect"})
_SUBSTITUTIONS = {"command_substitution": "substitution", "process_substitution": "process-substitution"}
_NOT_NEWLINE = re.compile(r"[^\n]")
_LISTS = frozenset({"program", "list", "pipeline"})


class _TooDeepError(Exception):
    """The tree is nested too deeply for a recursive walk."""


@functools.cache
def _parser() -> Any:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def read(text: str, masked: str, dialect: str, scanned: Script, heredocs: list[Heredoc]) -> Script | None:
    """Give the script as tree-sitter reads it; ``None`` when it reports an error or the script is nested too deeply.

    ``scanned`` is the result of the scanner, ``heredocs`` the here-documents that it found: tree-sitter misreads
    several on one line, so it is given plain redirections in their stead and the bodies as blanks.
    """
    root = _parser().parse(_without_heredocs(masked, heredocs).encode("ascii")).root_node
    if root.has_error:
        return None
    script = Script(text, dialect)
    script.functions = scanned.functions
    script.loop_variables = scanned.loop_variables
    script.has_errors = scanned.has_errors
    walk = _Walk(script, masked, {heredoc.redirection.start: heredoc.redirection for heredoc in heredocs})
    try:
        walk.statement(root, None, None, False, 0)
    except _TooDeepError:
        return None
    script.commands.extend(command for command in scanned.commands if command.is_in("heredoc"))
    script.commands.sort(key=lambda command: command.start)
    return script


def _without_heredocs(masked: str, heredocs: list[Heredoc]) -> str:
    changes: list[tuple[int, int, str]] = []
    for redirection, end in heredocs:
        start = redirection.start
        operator_end = masked.index("<<", start) + len(redirection.operator)
        operator = masked[start:operator_end]
        changes.append((start, operator_end, operator.replace("<<-", "<  ").replace("<<", "< ")))
        if redirection.body:
            start = redirection.body[0]
            changes.append((start, end, _NOT_NEWLINE.sub(" ", masked[start:end])))
    pieces = []
    position = 0
    for start, end, replacement in sorted(changes):
        if start >= position:
            pieces += (masked[position:start], replacement)
            position = end
    return "".join(pieces) + masked[position:]


class _Walk:
    """One walk over a tree that makes the commands of a script."""

    def __init__(self, script: Script, masked: str, heredocs: dict[int, Redirection]) -> None:
        self.script = script
        self.masked = masked
        self.heredocs = heredocs

    def statement(self, node: Any, context: Context | None, operator: str | None, negated: bool, depth: int) -> None:
        """Make the commands of one statement; ``operator`` is the one before it."""
        if depth > _DEPTH:
            raise _TooDeepError
        kind = node.type
        if kind in _LISTS:
            self.statements(_flat(node), context, operator, negated, depth)
        elif kind in ("command", "declaration_command", "unset_command", "test_command"):
            self.command(node, context, operator, negated, depth)
        elif kind in ("variable_assignment", "variable_assignments"):
            self.assignments(node, context, operator, negated, depth)
        elif kind == "redirected_statement":
            self.redirected(node, context, operator, negated, depth)
        elif kind == "negated_command":
            self.statement(node.children[-1], context, operator, not negated, depth + 1)
        elif kind == "subshell":
            self.statements(node.children[1:-1], Context("subshell", node.start_byte, context), operator, False, depth)
        elif kind == "compound_statement" and node.children[0].type == "{":
            self.statements(node.children[1:-1], Context("group", node.start_byte, context), operator, False, depth)
        elif kind in ("if_statement", "elif_clause", "else_clause", "while_statement"):
            self.conditional(node, context, operator, depth)
        elif kind in ("for_statement", "c_style_for_statement"):
            self.loop(node, context, depth)
        elif kind == "case_statement":
            self.case(node, context, depth)
        elif kind == "function_definition":
            self.function(node, context, operator, depth)
        else:
            self.substitutions(node, context, depth)

    def statements(
        self, nodes: list[Any], context: Context | None, operator: str | None, negated: bool, depth: int
    ) -> None:
        """Make the commands of statements with the operators between them."""
        last: SimpleCommand | None = None
        is_first = True
        sign: str | None = None
        for node in nodes:
            if node.type in _OPERATORS:
                sign = ";" if node.type == "\n" else node.type
                if last is not None and sign != ";":
                    last.next_operator = sign
                continue
            if node.type == "comment":
                continue
            before = len(self.script.commands)
            self.statement(node, context, operator if is_first else sign or ";", negated and is_first, depth + 1)
            last = self._own(before, context)
            is_first = False
            sign = None

    def _own(self, before: int, context: Context | None) -> SimpleCommand | None:
        """Give the last command made since ``before`` that is a statement of this list, not inside a compound one."""
        own = [command for command in self.script.commands[before:] if command.context is context]
        return own[-1] if own else None

    def conditional(self, node: Any, context: Context | None, operator: str | None, depth: int) -> None:
        """Make the commands of if, elif, else, while and until."""
        part: list[Any] = []
        is_branch = node.type == "else_clause"
        start = node.start_byte
        for child in node.children[1:]:
            if child.type in ("then", "do_group", "elif_clause", "else_clause", "fi"):
                kind = "branch" if is_branch else "condition"
                first = operator if kind == "condition" and node.type != "elif_clause" else None
                self.statements(part, Context(kind, start, context), first, False, depth)
                part, start = [], child.start_byte
                is_branch = True
                if child.type == "do_group":
                    self.loop_body(child, context, depth)
                elif child.type in ("elif_clause", "else_clause"):
                    self.conditional(child, context, None, depth + 1)
            else:
                part.append(child)
        if part:
            self.statements(part, Context("branch", start, context), None, False, depth)

    def loop(self, node: Any, context: Context | None, depth: int) -> None:
        """Make the commands of a for or select loop."""
        for child in node.children:
            if child.type == "do_group":
                self.loop_body(child, context, depth)
            elif child.type == "compound_statement":
                self.statement(child, context, None, False, depth + 1)
            else:
                self.substitutions(child, context, depth)

    def loop_body(self, node: Any, context: Context | None, depth: int) -> None:
        """Make the commands between do and done."""
        self.statements(node.children[1:-1], Context("loop", node.start_byte, context), None, False, depth)

    def case(self, node: Any, context: Context | None, depth: int) -> None:
        """Make the commands of a case command."""
        for child in node.children:
            if child.type != "case_item":
                self.substitutions(child, context, depth)
                continue
            body: list[Any] = []
            in_body = False
            for piece in child.children:
                if in_body and piece.type not in (";;", ";&", ";;&"):
                    body.append(piece)
                elif piece.type == ")":
                    in_body = True
                else:
                    self.substitutions(piece, context, depth)
            self.statements(body, Context("case", child.start_byte, context), None, False, depth)

    def function(self, node: Any, context: Context | None, operator: str | None, depth: int) -> None:
        """Make the commands of a function's body."""
        body = node.child_by_field_name("body")
        if body is None:
            return
        if body.type in ("compound_statement", "subshell"):
            self.statements(body.children[1:-1], Context("function", body.start_byte, context), operator, False, depth)
        else:
            self.statement(body, context, operator, False, depth + 1)
        for child in node.children:
            if child.type in _REDIRECTIONS:
                self.redirect(child, self.script.redirections, context, depth)

    def redirected(self, node: Any, context: Context | None, operator: str | None, negated: bool, depth: int) -> None:
        """Make the commands of a statement with redirections after it, which belong to its last simple command."""
        redirections = [child for child in node.children if child.type in _REDIRECTIONS]
        body = node.child_by_field_name("body")
        if body is None:
            command = self._new(node, context, operator, negated)
            owner = command.redirections
        else:
            before = len(self.script.commands)
            self.statement(body, context, operator, negated, depth + 1)
            last = self._own(before, context)
            simple = last is not None and last.end == body.end_byte
            owner = last.redirections if simple and last is not None else self.script.redirections
            if simple and last is not None:
                last.end = node.end_byte
        for child in redirections:
            self.redirect(child, owner, context, depth)

    def redirect(self, node: Any, owner: list[Redirection], context: Context | None, depth: int) -> None:
        """Add one redirection."""
        heredoc = self.heredocs.get(node.start_byte)
        if heredoc is not None:
            owner.append(heredoc)
            return
        descriptor: int | None = None
        operator = ""
        target: Word | None = None
        for child in node.children:
            if child.type == "file_descriptor":
                text = self.masked[child.start_byte : child.end_byte]
                descriptor = int(text) if text.isdecimal() and len(text) < 10 else None
            elif not operator:
                operator = child.type
            else:
                start = target.start if target and target.end == child.start_byte else child.start_byte
                target = Word(self.script.text, start, child.end_byte)
                self.substitutions(child, context, depth)
        owner.append(Redirection(operator, descriptor, target, node.start_byte, node.end_byte))

    def command(self, node: Any, context: Context | None, operator: str | None, negated: bool, depth: int) -> None:
        """Make one simple command."""
        command = self._new(node, context, operator, negated)
        is_test = node.type == "test_command" and node.children[0].type in ("[", "[[")
        if is_test:
            command.words = test_words(self.script.text, self.masked, node.start_byte, node.end_byte)
        for child in node.children:
            if child.type in _REDIRECTIONS:
                self.redirect(child, command.redirections, context, depth)
            elif child.type == "variable_assignment" and not command.words:
                command.assignments.append(self.assignment(child, context, depth))
            else:
                if not is_test:
                    last = command.words[-1] if command.words else None
                    if last is not None and last.end == child.start_byte:
                        command.words[-1] = Word(self.script.text, last.start, child.end_byte)
                    else:
                        command.words.append(Word(self.script.text, child.start_byte, child.end_byte))
                self.substitutions(child, context, depth)

    def assignments(self, node: Any, context: Context | None, operator: str | None, negated: bool, depth: int) -> None:
        """Make a command that consists of assignments."""
        command = self._new(node, context, operator, negated)
        nodes = [node] if node.type == "variable_assignment" else node.children
        command.assignments.extend(self.assignment(child, context, depth) for child in nodes)

    def assignment(self, node: Any, context: Context | None, depth: int) -> Assignment:
        """Read one assignment."""
        name = node.children[0]
        sign = node.children[1]
        value = node.children[2] if len(node.children) > 2 else None
        self.substitutions(node, context, depth)
        is_array = name.type == "subscript" or (value is not None and value.type == "array")
        word = None if is_array else Word(self.script.text, sign.end_byte, node.end_byte)
        named = name.children[0] if name.type == "subscript" else name
        text = self.masked[named.start_byte : named.end_byte]
        return Assignment(text, word, node.start_byte, node.end_byte, sign.type == "+=", context)

    def substitutions(self, node: Any, context: Context | None, depth: int) -> None:
        """Make the commands of the substitutions in a word or another part that is no statement."""
        if node.child_count == 0:
            return
        if depth > _DEPTH:
            raise _TooDeepError
        kind = _SUBSTITUTIONS.get(node.type)
        if kind is not None:
            inner = Context(kind, node.start_byte, context)
            children = node.children[1:-1]
            if children and children[0].type in _REDIRECTIONS:
                command = self._new(children[0], inner, None, False)
                for child in children:
                    self.redirect(child, command.redirections, inner, depth)
            else:
                self.statements(children, inner, None, False, depth + 1)
            return
        for child in node.children:
            self.substitutions(child, context, depth + 1)

    def _new(self, node: Any, context: Context | None, operator: str | None, negated: bool) -> SimpleCommand:
        command = SimpleCommand(context, operator, negated)
        command.start, command.end = node.start_byte, node.end_byte
        self.script.commands.append(command)
        return command


def _flat(node: Any) -> list[Any]:
    """Give the statements and operators of a list; tree-sitter nests ``a && b && c`` to the left."""
    if node.type != "list":
        return list(node.children)
    reverse: list[Any] = []
    while node.type == "list":
        children = node.children
        reverse.extend(reversed(children[1:]))
        node = children[0]
    reverse.append(node)
    reverse.reverse()
    return reverse
