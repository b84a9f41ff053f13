"""Files with credentials that are copied into images."""

from collections.abc import Iterator

from cnlint.findings import Report, Severity, report
from cnlint.manifests.copy_sources import kind_of_source, written
from cnlint.manifests.dockerfile import Copy, Instruction, InstructionWord, joined
from cnlint.rules import Context, check
from cnlint.syntax.patterns import matches_any, regex

# What names of files promise, in lower case.
_SECRETS = (
    ((".env", ".env.*"), "settings of the environment, mostly with passwords"),
    (("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"), "a private key of SSH"),
    (("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore"), "a private key"),
    ((".npmrc", ".pypirc", ".netrc", ".git-credentials", ".htpasswd"), "logins"),
    ((".dockercfg",), "logins of registries"),
    (("kubeconfig", "*.kubeconfig"), "the login of a cluster"),
    (("credentials.json", "service-account*.json", "service_account*.json"), "the key of an account"),
    (("*.tfstate", "*.tfstate.backup"), "the state of Terraform, with all its secrets"),
    (("secrets.yml", "secrets.yaml"), "secrets"),
)
# By the end of the path: folders as a whole, and files whose names alone say little.
_SECRET_PATHS = (
    (".aws", "logins of AWS"),
    (".aws/credentials", "logins of AWS"),
    (".ssh", "private keys of SSH"),
    (".kube", "the login of a cluster"),
    (".kube/config", "the login of a cluster"),
    (".docker", "logins of registries"),
    (".docker/config.json", "logins of registries"),
)
# Samples, public keys, certificates of authorities, stores of them, and keys that everybody knows.
_HARMLESS = (
    *("*.example", "*.sample", "*.template", "*.tmpl", "*.tpl", "*.dist", "*.default", "*.defaults", "*.schema"),
    *(".env.example*", ".env.sample*", ".env.template*", ".env.test*", ".env.ci", ".env.dist*", "*.pub", "*.pub.*"),
    *("*public*", "*pubkey*", "*.gpg.key", "*gpg*", "*_signing.key", "*release.key", "*archive-key*", "*repo*.key"),
    *("ca.pem", "ca-*.pem", "ca_*.pem", "*-ca.pem", "*_ca.pem", "rootca*", "*root-ca*", "*ca-cert*", "*cacert*"),
    *("*bundle*", "*chain*.pem", "dhparam*", "dh*.pem", "*trust*", "debug.keystore", "*licen[cs]e*"),
)
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
    if copy is None or instruction.flag("from") is not None:
        return
    for source in copy.sources:
        path = _path_of(source)
        what = _secret_in(path, context) if path else None
        if path is None or what is None or _is_public(path, copy, context):
            continue
        yield report(
            source.place,
            f'"{written(source)}" is copied into the image: by its name it holds {what}',
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
    lower = path.lower()
    name = lower.rpartition("/")[2]
    if matches_any(name, context.options["patterns"]) or matches_any(path, context.options["patterns"]):
        return "a secret"
    for end, what in _SECRET_PATHS:
        if f"/{lower}".endswith(f"/{end}"):
            return what
    if name in ("", "*") or matches_any(name, _HARMLESS):
        return None
    return next((what for names, what in _SECRETS if matches_any(name, names)), None)


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
