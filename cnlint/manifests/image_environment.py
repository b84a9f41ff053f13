"""The variables that base images set for those that are built from them."""

from cnlint.manifests.dockerfile import Stage
from cnlint.syntax.patterns import matches_any

# What the builder gives to every stage without ARG, and what a base image or a shell may set whatever it is.
_EVERYWHERE = (
    "PATH",
    "HOME",
    "HOSTNAME",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TERM",
    "TZ",
    "PWD",
    "OLDPWD",
    "SHELL",
    "[Hh][Tt][Tt][Pp]_[Pp][Rr][Oo][Xx][Yy]",
    "[Hh][Tt][Tt][Pp][Ss]_[Pp][Rr][Oo][Xx][Yy]",
    "[Ff][Tt][Pp]_[Pp][Rr][Oo][Xx][Yy]",
    "[Nn][Oo]_[Pp][Rr][Oo][Xx][Yy]",
    "[Aa][Ll][Ll]_[Pp][Rr][Oo][Xx][Yy]",
    "SOURCE_DATE_EPOCH",
    "BUILDKIT_*",
)
# Distributions set nothing else.
_BARE = (
    *("alpine", "debian", "ubuntu", "busybox", "centos", "rockylinux", "almalinux", "amazonlinux", "oraclelinux"),
    *("archlinux", "opensuse/*", "buildpack-deps", "bitnami/minideb", "photon", "clearlinux", "voidlinux"),
    *("public.ecr.aws/docker/library/alpine", "public.ecr.aws/docker/library/debian"),
    *("gcr.io/distroless/static*", "gcr.io/distroless/base*", "gcr.io/distroless/cc*"),
)
_JAVA = ("JAVA_*", "JDK_*")
_PHP = ("PHP_*", "PHPIZE_DEPS", "GPG_KEYS", "APACHE_*")
_IMAGES = {
    "node": ("NODE_VERSION", "YARN_VERSION"),
    "python": ("PYTHON_VERSION", "PYTHON_SHA256", "PYTHON_PIP_*", "PYTHON_GET_PIP_*", "PYTHON_SETUPTOOLS_*", "GPG_KEY"),
    "golang": ("GOLANG_VERSION", "GOPATH", "GOTOOLCHAIN"),
    "rust": ("RUST_VERSION", "RUSTUP_HOME", "CARGO_HOME"),
    "ruby": ("RUBY_*", "GEM_HOME", "BUNDLE_*"),
    "php": _PHP,
    "composer": (*_PHP, "COMPOSER_*"),
    "wordpress": (*_PHP, "WORDPRESS_*"),
    "drupal": (*_PHP, "DRUPAL_*"),
    "nextcloud": (*_PHP, "NEXTCLOUD_*"),
    "openjdk": _JAVA,
    "eclipse-temurin": _JAVA,
    "amazoncorretto": _JAVA,
    "ibm-semeru-runtimes": _JAVA,
    "sapmachine": _JAVA,
    "maven": (*_JAVA, "MAVEN_*"),
    "gradle": (*_JAVA, "GRADLE_*"),
    "tomcat": (*_JAVA, "CATALINA_HOME", "TOMCAT_*", "LD_LIBRARY_PATH"),
    "jetty": (*_JAVA, "JETTY_*", "TMPDIR"),
    "groovy": (*_JAVA, "GROOVY_*"),
    "clojure": (*_JAVA, "CLOJURE_*", "LEIN_*"),
    "nginx": ("NGINX_VERSION", "NJS_*", "PKG_RELEASE", "DYNPKG_RELEASE", "ACME_VERSION"),
    "nginx-unprivileged": ("NGINX_VERSION", "NJS_*", "PKG_RELEASE", "DYNPKG_RELEASE", "ACME_VERSION"),
    "httpd": ("HTTPD_*",),
    "caddy": ("CADDY_VERSION", "XDG_*"),
    "haproxy": ("HAPROXY_*",),
    "traefik": (),
    "postgres": ("PG_*", "PGDATA", "GOSU_VERSION", "DOCKER_PG_*"),
    "postgis": ("PG_*", "PGDATA", "GOSU_VERSION", "DOCKER_PG_*", "POSTGIS_*"),
    "mysql": ("MYSQL_*", "GOSU_VERSION"),
    "mariadb": ("MARIADB_*", "GOSU_VERSION", "GPG_KEYS", "REPOSITORY"),
    "mongo": ("MONGO_*", "GOSU_VERSION", "JSYAML_*", "GLIBC_*"),
    "redis": ("REDIS_*", "GOSU_VERSION"),
    "rabbitmq": ("RABBITMQ_*", "ERLANG_*", "OPENSSL_*"),
    "memcached": ("MEMCACHED_*",),
    "elasticsearch": ("ELASTIC_CONTAINER",),
    "erlang": ("OTP_VERSION", "REBAR*"),
    "elixir": ("OTP_VERSION", "REBAR*", "ELIXIR_VERSION"),
    "julia": ("JULIA_*",),
    "perl": ("PERL_*",),
    "haskell": ("GHC*", "CABAL*", "STACK*"),
    "gcc": ("GCC_*", "GPG_KEYS"),
    "swift": ("SWIFT_*",),
    "docker": ("DOCKER_*", "DIND_COMMIT"),
    "bun": ("BUN_*",),
    "deno": ("DENO_*",),
    "sdk": ("DOTNET_*", "ASPNET*", "NUGET_*", "POWERSHELL_*"),
    "aspnet": ("DOTNET_*", "ASPNET*", "APP_UID"),
    "runtime": ("DOTNET_*", "ASPNET*", "APP_UID"),
    "runtime-deps": ("DOTNET_*", "ASPNET*", "APP_UID"),
    "cuda": ("CUDA_*", "NV_*", "NVARCH", "NVIDIA_*", "NCCL_*", "LD_LIBRARY_PATH", "LIBRARY_PATH"),
    "pytorch": ("PYTORCH_VERSION", "NVIDIA_*", "LD_LIBRARY_PATH"),
    "fedora": ("DISTTAG", "FGC", "FBR", "container"),
    "flink": (*_JAVA, "FLINK_*", "GOSU_VERSION"),
    "spark": (*_JAVA, "SPARK_*"),
}  # fmt: skip
_ALL = tuple(dict.fromkeys(name for names in _IMAGES.values() for name in names))


def sets_nothing(stage: Stage) -> bool:
    """Tell whether a stage goes back to nothing, or to a distribution, which sets no variable of its own."""
    root = stage.root
    familiar = root.image.familiar_name if root.image is not None else None
    return root.is_scratch or (familiar is not None and matches_any(familiar, _BARE))


def may_set(stage: Stage, name: str) -> bool:
    """Tell whether the image that a stage goes back to may set a variable.

    Of images that are not known, it may be whatever some well-known image sets, or what is called after the image.
    """
    if matches_any(name, _EVERYWHERE):
        return True
    if sets_nothing(stage):
        return False
    image = stage.root.image
    familiar = image.familiar_name if image is not None else None
    if familiar is None:
        return matches_any(name, _ALL)
    last = familiar.rpartition("/")[2]
    known = _IMAGES.get(last)
    if known is not None:
        return matches_any(name, known)
    word = last.replace(".", "-").partition("-")[0].upper()
    return name.startswith(f"{word}_") or matches_any(name, _ALL)
