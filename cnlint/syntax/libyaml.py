"""The event parser underneath the YAML front end: libyaml's where PyYAML has it, PyYAML's own otherwise."""

from typing import Any

from yaml import events
from yaml.error import YAMLError

ScalarEvent = events.ScalarEvent
AliasEvent = events.AliasEvent
MappingStartEvent = events.MappingStartEvent
MappingEndEvent = events.MappingEndEvent
SequenceStartEvent = events.SequenceStartEvent
SequenceEndEvent = events.SequenceEndEvent
DocumentStartEvent = events.DocumentStartEvent
DocumentEndEvent = events.DocumentEndEvent
StreamEndEvent = events.StreamEndEvent

__all__ = ["YAMLError", "event_parser"]


def event_parser(text: str) -> Any:
    """Give a parser of ``text`` whose ``get_event()`` yields PyYAML's events; their marks' indexes are code points."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        return pure_parser(text)
    return CParser(text)


def pure_parser(text: str) -> Any:
    """Give the event parser that is written in Python alone."""
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class PureParser(Reader, Scanner, Parser):
        def __init__(self) -> None:
            Reader.__init__(self, text)
            Scanner.__init__(self)
            Parser.__init__(self)

    return PureParser()
