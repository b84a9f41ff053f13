"""The event parser underneath the YAML front end: libyaml's where PyYAML has it, PyYAML's own otherwise.

Importing ``yaml`` runs all of PyYAML's Python, whose patterns alone take longer than reading a usual manifest. The C
extension needs but four small modules of it, so when nobody has imported ``yaml`` yet, these are loaded alone, under a
package that stands in for the real one meanwhile. Nothing of it stays in ``sys.modules``. Whoever imports ``yaml``
later gets the real package; it is handed the modules that are loaded already, for an extension cannot be loaded twice.
Where any of this fails, ``yaml`` is imported as usual.
"""

import sys
from contextlib import suppress
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType, SimpleNamespace
from typing import Any

_LIGHT_MODULES = ("yaml.error", "yaml.events", "yaml.nodes", "yaml.tokens")
_EXTENSION = "yaml._yaml"
_ERRORS = {
    "reader": "ReaderError",
    "scanner": "ScannerError",
    "parser": "ParserError",
    "composer": "ComposerError",
    "constructor": "ConstructorError",
    "emitter": "EmitterError",
    "serializer": "SerializerError",
    "representer": "RepresenterError",
}
"""The modules that the extension knows nothing of but the errors that they define."""


class _HandOver:
    """Gives the real package, when it is imported, the modules that were loaded without it."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        self.modules = modules

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in self.modules else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        if module is not self.modules[_EXTENSION]:
            return
        # The package imports its extension last, so the modules that define the errors are there.
        sys.meta_path.remove(self)
        module.yaml = sys.modules["yaml"]  # type: ignore[attr-defined]
        for name, error in _ERRORS.items():
            setattr(module, error, getattr(sys.modules[f"yaml.{name}"], error))


def _load() -> dict[str, Any]:
    """Load the extension and what it needs; modules by name, without the extension where there is none."""
    threading = sys.modules.get("threading")
    # Another thread might import the package that stands in.
    if "yaml" not in sys.modules and (threading is None or threading.active_count() == 1):
        try:
            return _load_alone()
        except Exception:
            for name in _LIGHT_MODULES:
                sys.modules.pop(name, None)
    modules = {name: import_module(name) for name in _LIGHT_MODULES}
    with suppress(ImportError):
        modules[_EXTENSION] = import_module(_EXTENSION)
    return modules


def _load_alone() -> dict[str, Any]:
    spec = PathFinder.find_spec("yaml")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("PyYAML is not a package in a folder")
    package = ModuleType("yaml")
    package.__path__ = spec.submodule_search_locations
    sys.modules["yaml"] = package
    modules: dict[str, Any] = {}
    try:
        for name in _LIGHT_MODULES:
            modules[name] = import_module(name)
        error = modules["yaml.error"]

        class ReaderError(error.YAMLError):  # type: ignore[misc,name-defined]
            def __init__(self, name: str, position: int, character: int, encoding: str, reason: str) -> None:
                self.position = position
                self.encoding = encoding

        for name, class_name in _ERRORS.items():
            kind = ReaderError if class_name == "ReaderError" else error.MarkedYAMLError
            setattr(package, name, SimpleNamespace(**{class_name: kind}))
        modules[_EXTENSION] = import_module(_EXTENSION)
    finally:
        del sys.modules["yaml"]
    for name in modules:
        del sys.modules[name]
    sys.meta_path.insert(0, _HandOver(modules))
    return modules


_modules = _load()
_events = _modules["yaml.events"]

YAMLError: type[Exception] = _modules["yaml.error"].YAMLError
ScalarEvent: Any = _events.ScalarEvent
AliasEvent: Any = _events.AliasEvent
MappingStartEvent: Any = _events.MappingStartEvent
MappingEndEvent: Any = _events.MappingEndEvent
SequenceStartEvent: Any = _events.SequenceStartEvent
SequenceEndEvent: Any = _events.SequenceEndEvent
DocumentStartEvent: Any = _events.DocumentStartEvent
DocumentEndEvent: Any = _events.DocumentEndEvent
StreamEndEvent: Any = _events.StreamEndEvent


def pure_parser(text: str) -> Any:
    """Give the event parser that is written in Python alone; see `event_parser`."""
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner, ScannerError

    class PureParser(Reader, Scanner, Parser):
        def __init__(self) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

        def scan_flow_scalar(self, style: str) -> Any:
            # libyaml refuses escapes that are no characters; PyYAML lets halves of surrogate pairs pass, or fails.
            start = self.get_mark()
            try:
                token = super().scan_flow_scalar(style)
                token.value.encode()
            except ValueError as error:
                problem = "found invalid Unicode character escape code"
                raise ScannerError("while scanning a quoted scalar", start, problem, start) from error
            return token

    return PureParser()


event_parser: Any = _modules[_EXTENSION].CParser if _EXTENSION in _modules else pure_parser
"""Gives a parser of a text whose ``get_event()`` gives PyYAML's events; the indexes of their marks are code points."""
