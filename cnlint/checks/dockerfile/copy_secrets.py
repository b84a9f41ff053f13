"""Files with credentials that are copied into images."""

from collections.abc import Iterator

from cnlint.findings import Report, Severity, report
from cnlint.manifests.copy_sources import is_garbled, kind_of_source, written
from cnlint.manifests.dockerfile import Copy, Instruction, InstructionWord, joined
from cnlint.manifests.secret_files import secret_kept_in
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

_CERTIFICATES = ("*cert*.pem", "*.crt.pem", "*-crt.pem")
# Folders of files that are made to be seen, and where the system keeps public keys and certificates.
_TEST_FOLDER = regex(
    r"(?:\A|/)(?:tests?|spec|specs|testdata|test[-_]\w+|__tests__|fixtures?|examples?|samples?|mocks?|e2e|demo)(?:/|\Z)",
)
_PUBLIC_FOLDER = regex(
    r"/(?:ca-certificates|keyrings|trusted\.gpg\.d|rpm-gpg|apk/keys|ssl/certs|pki/(?:ca-trust|tls/certs))(?:/|\Z)"
)
# Files that are as often settings without any secret.
_MOSTLY_SETTINGS = frozenset({".npmrc", ".env.production", ".env.development", ".env.docker"})


@check("DF216")
def copy_secret_file(instruction: Instruction, context: Context) -> Iterator[Report]:
    copy = instruction.copy
    if copy is None or instruction.flag("from") is not None or is_garbled(copy):
        return
    for source in copy.sources:
        path = _path_of(source)
        what = _secret_in(path, context) if path else None
        if path is None or what is None or _is_public(path, copy, context):
            continue
        promise = "may hold" if matches_any(path.rpartition("/")[2].lower(), _CERTIFICATES) else "holds"
        yield report(
            source.place,
            f'"{written(source)}" is copied into the image: by its name it {promise} {what}',
            severity=_severity_of(path, instruction),
        )


def _path_of(source: InstructionWord) -> str | None:
    """Give the path in the context; ``None`` for what is not local, or whose name a variable hides."""
    path = written(source)
    if kind_of_source(source) not in ("local", None) or "$" in path.rpartition("/")[2]:
        return None
    # A pattern such as .env* finds .env as well.
    path = path.replace("\\", "/").rstrip("/").removesuffix("/*").rstrip("*")
    return None if any(sign in path.rpartition("/")[2] for sign in "?[") else path


def _secret_in(path: str, context: Context) -> str | None:
    patterns = context.options["patterns"]
    if matches_any(path.lower().rpartition("/")[2], patterns) or matches_any(path, patterns):
        return "a secret"
    return secret_kept_in(path)


def _is_public(path: str, copy: Copy, context: Context) -> bool:
    name = path.rpartition("/")[2]
    allowed = context.options["allow"]
    if matches_any(name, allowed) or matches_any(path, allowed) or _TEST_FOLDER.search(path.rpartition("/")[0].lower()):
        return True
    destination = joined("/", written(copy.destination)) or ""
    return name.lower().endswith((".pem", ".key")) and _PUBLIC_FOLDER.search(destination) is not None


def _severity_of(path: str, instruction: Instruction) -> Severity | None:
    """Less for what is often harmless, and for stages whose layers stay with those who build."""
    name = path.rpartition("/")[2].lower()
    is_shipped = instruction.stage is None or instruction.stage.is_in_image
    if name in _MOSTLY_SETTINGS or matches_any(name, _CERTIFICATES) or not is_shipped:
        return "warning"
    return None
