"""Fixes of findings in Dockerfiles, applied."""

import pytest
from edits import edited

import cnlint


def fixed(text: str, code: str, tmp_path) -> str | None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(text)
    report = cnlint.check([tmp_path / "Dockerfile"], select=[code], root=tmp_path, config=False)
    (finding,) = report.findings
    if not finding.fixes:
        return None
    (edit,) = finding.fixes[0].edits
    return edited(text, [edit])


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("DF601", "CMD node server.js", 'CMD ["node", "server.js"]'),
        ("DF601", "CMD exec node 'a b'", 'CMD ["node", "a b"]'),
        ("DF601", "CMD node $FILE", None),
        ("DF601", "CMD a && b", None),
        ("DF601", "CMD a > b", None),
        ("DF601", "CMD A=1 b", None),
        ("DF601", "CMD a *.js", None),
        ("DF601", "CMD ['a']", None),
        ("DF601", "CMD ~/a", None),
        ("DF403", "RUN apt-get install -y curl", "RUN apt-get install --no-install-recommends -y curl"),
        ("DF403", 'RUN ["apt-get", "install", "curl"]', None),
        ("DF411", "RUN apk add curl", "RUN apk add --no-cache curl"),
        ("DF411", "RUN apk add -U curl", "RUN apk add --no-cache curl"),
        ("DF411", "RUN apk update && apk add curl", None),
        ("DF542", 'CMD ["a"]', 'USER 65532:65532\nCMD ["a"]'),
        ("DF901", "RUN go build -o /a .", 'RUN go build -ldflags="-s -w" -o /a .'),
        ("DF901", 'RUN go build -ldflags="-w" .', None),
    ],
)
def test_a_fix_writes_what_it_promises(code: str, before: str, after: str | None, tmp_path) -> None:  # type: ignore[no-untyped-def]
    result = fixed(f"FROM alpine:3.23\n{before}\n", code, tmp_path)
    assert result == (None if after is None else f"FROM alpine:3.23\n{after}\n")
