"""Configuration files of other linters: how they are read, and how what they say becomes settings of our own."""

from collections.abc import Mapping
from typing import Any

from cnlint.config import Configuration, ConfigurationError


def read(path: str) -> Mapping[str, Any]:
    """Read a YAML file of settings; raises `ConfigurationError` for one that cannot be read."""
    import yaml

    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not valid YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: it is no mapping of settings")
    return content


def texts(content: Mapping[str, Any], key: str, path: str) -> list[str]:
    """Give a list of texts; raises `ConfigurationError` where another value stands."""
    value = content.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ConfigurationError(f"{path}: {key} is {value!r}; expected is a list")
    return [str(one) for one in value]


def mapping(content: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
    """Give a mapping; raises `ConfigurationError` where another value stands."""
    value = content.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigurationError(f"{path}: {key} is {value!r}; expected is a mapping")
    return value


def changed(configuration: Configuration, changes: Mapping[str, Any], path: str) -> Configuration:
    """Give a configuration with changed settings, and with the file as the origin of those that are not as before."""
    names = [name for name, value in changes.items() if value != getattr(configuration, name)]
    keys = [name.replace("_", "-") for name in names]
    origins = {key: _origin(configuration.origins.get(key), path) for key in keys}
    return configuration._replace(**changes, origins={**configuration.origins, **origins})


def _origin(own: str | None, path: str) -> str:
    return path if own is None else f"{own}, {path}"
