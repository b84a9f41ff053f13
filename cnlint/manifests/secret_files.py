"""Files that by their names hold credentials."""

from cnlint.syntax.patterns import matches_any

# What names of files promise, in lower case.
_SECRETS = (
    ((".env", ".env.*"), "settings of the environment, mostly with passwords"),
    (("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"), "a private key of SSH"),
    (("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore"), "a private key"),
    ((".npmrc", ".pypirc", ".netrc", ".git-credentials", ".htpasswd"), "logins"),
    ((".dockercfg",), "logins of registries"),
    (("kubeconfig", "*.kubeconfig", "kubeconfig.y*ml"), "the login of a cluster"),
    (("credentials.json", "service-account*.json", "service_account*.json"), "the key of an account"),
    (("*.tfstate", "*.tfstate.backup"), "the state of Terraform, with all its secrets"),
    (("secrets.yml", "secrets.yaml"), "secrets"),
)
_ALL_SECRETS = tuple(name for names, _ in _SECRETS for name in names)
# By the end of the path: folders as a whole, and files whose names alone say little.
_SECRET_PATHS = (
    (".aws", "logins of AWS"),
    (".aws/credentials", "logins of AWS"),
    (".ssh", "private keys of SSH"),
    (".kube", "the login of a cluster"),
    (".kube/config", "the login of a cluster"),
    (".docker/config.json", "logins of registries"),
)
# Samples, public keys, certificates of authorities, stores of them, and keys that everybody knows.
_HARMLESS = (
    *("*.example", "*.sample", "*.template", "*.tmpl", "*.tpl", "*.j2", "*.erb"),
    *("*.dist", "*.default", "*.defaults", "*.schema"),
    *(".env.example*", ".env.sample*", ".env.template*", ".env.test*", ".env.ci", ".env.dist*", "*.pub", "*.pub.*"),
    *("*public*", "*pubkey*", "*.gpg.key", "*gpg*", "*_signing.key", "*release.key", "*archive-key*", "*repo*.key"),
    *("ca.pem", "ca-*.pem", "ca_*.pem", "*-ca.pem", "*_ca.pem", "rootca*", "*root-ca*", "*ca-cert*", "*cacert*"),
    *("*bundle*", "*chain*.pem", "dhparam*", "dh*.pem", "*trust*", "debug.keystore", "*licen[cs]e*"),
)


def secret_kept_in(path: str) -> str | None:
    """Tell what secret a file or folder holds by its name; ``None`` for one that promises none."""
    lower = path.lower()
    name = lower.rpartition("/")[2]
    for end, what in _SECRET_PATHS:
        if lower.endswith(end) and f"/{lower}".endswith(f"/{end}"):
            return what
    # Most names promise nothing, which one look tells.
    if name in ("", "*") or not matches_any(name, _ALL_SECRETS) or matches_any(name, _HARMLESS):
        return None
    return next((what for names, what in _SECRETS if matches_any(name, names)), None)
