"""Baselines: findings recorded once, so that only new ones are reported."""

import json
from collections.abc import Iterable, Sequence

from cnlint.config import ConfigurationError
from cnlint.findings import Finding, Suppression

_VERSION = 1


def write_baseline(findings: Iterable[Finding], path: str) -> int:
    """Record findings in a file, one line each, sorted, so that it can be reviewed; gives their number.

    Raises `ConfigurationError` when the file cannot be written.
    """
    entries = [
        {"code": one.code, "path": one.path, "line": one.line, "message": one.message, "fingerprint": one.fingerprint}
        for one in findings
    ]
    lines = ",\n".join(f"  {json.dumps(entry, ensure_ascii=False)}" for entry in entries)
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(f'{{"version": {_VERSION}, "findings": [\n{lines}\n]}}\n')
    except OSError as error:
        raise ConfigurationError(f"{path}: the baseline cannot be written: {error.strerror or error}") from error
    return len(entries)


def apply_baseline(findings: Sequence[Finding], path: str) -> list[Finding]:
    """Mark the findings that a baseline holds as suppressed.

    Raises `ConfigurationError` when the file is no baseline.
    """
    known = _fingerprints(path)
    return [
        finding._replace(suppressed=Suppression("baseline", f"recorded in {path}"))
        if finding.suppressed is None and finding.fingerprint in known
        else finding
        for finding in findings
    ]


def _fingerprints(path: str) -> frozenset[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            content = json.load(file)
        if content["version"] != _VERSION:
            raise ConfigurationError(f"{path}: baseline of version {content['version']}; known is {_VERSION}")
        return frozenset(entry["fingerprint"] for entry in content["findings"])
    except OSError as error:
        raise ConfigurationError(f"{path}: the baseline cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path}: this is no baseline that --write-baseline wrote") from error
