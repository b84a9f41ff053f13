"""Views of serverless functions: SAM and CloudFormation templates, serverless.yml, Cloud Build and Config Connector.

Whatever file or command sets a runtime or opens a function to everybody, rules see it as a `FunctionRuntime` or a
`PublicAccess`; what shell commands set is read by `cnlint.manifests.serverless_commands`.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

from cnlint.data.serverless_runtimes import Lifecycle, lifecycle
from cnlint.findings import Place, Severity
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.view import DocumentLike, Path, View, dig

EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
"""Members of Google IAM policies that stand for the whole world, and for everybody with a Google account."""

_FUNCTION_TYPES = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_LAYER_TYPES = ("AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion")
_INVOKER_ROLES = ("roles/run.invoker", "roles/cloudfunctions.invoker")
_QUOTES = {"single": "'", "double": '"'}
_BUILDER_IMAGES = ("cloud-builders/", "cloudsdktool/")


class FunctionRuntime:
    """A runtime that a file or command chooses for functions.

    ``provider`` is ``aws`` or ``google``. ``subject`` says whose runtime it is, as messages name it: ``function "x"``.
    ``handler`` is the place of the function's handler where it is set beside the runtime and is not ``bootstrap``.
    ``severity`` overrides that of rules where the choice matters less: what a layer says it works with. ``quote`` is
    the quotation mark that the runtime is written with; ``None`` where its place holds something else, a variable.
    """

    target: ClassVar[str] = "function-runtime"
    __slots__ = ("handler", "path", "place", "provider", "quote", "runtime", "severity", "subject")

    def __init__(
        self,
        provider: str,
        runtime: str,
        place: Place,
        subject: str,
        *,
        handler: Place | None = None,
        quote: str | None = "",
        severity: Severity | None = None,
    ) -> None:
        self.provider = provider
        self.runtime = runtime
        self.place = place
        self.path = place.path
        self.subject = subject
        self.handler = handler
        self.quote = quote
        self.severity = severity

    @property
    def lifecycle(self) -> Lifecycle | None:
        """When the runtime ends; ``None`` when it is not known."""
        return lifecycle(self.provider, self.runtime)


class PublicAccess:
    """A setting that lets everybody call a function or service.

    ``names`` are those by which it is known, ``subject`` what messages call it, ``setting`` what opens it. ``kind`` is
    ``event`` for an HTTP event without an authorizer, which is how public APIs are made too, else ``setting``.
    """

    target: ClassVar[str] = "public-access"
    __slots__ = ("kind", "names", "path", "place", "setting", "subject")

    def __init__(
        self, place: Place, names: tuple[str, ...], setting: str, *, noun: str = "function", kind: str = "setting"
    ) -> None:
        self.place = place
        self.path = place.path
        self.names = names
        self.setting = setting
        self.subject = f'{noun} "{names[0]}"' if names else f"the {noun}"
        self.kind = kind


class ServerlessFunction(View):
    """A function of a template: of SAM, CloudFormation, or the Serverless Framework (serverless.yml)."""

    __slots__ = ("defaults", "is_sam", "name", "properties", "provider")
    target = "serverless-function"

    def __init__(
        self, document: DocumentLike, path: Path, provider: str, properties: Path = (), defaults: Path | None = None
    ) -> None:
        super().__init__(document, path)
        self.name = str(path[-1])
        self.provider = provider
        """``aws``, ``google``, or whatever other provider serverless.yml names."""
        self.properties = properties
        """The path below the view to its properties."""
        self.defaults = defaults
        """The path in the document to values that hold for all functions."""
        self.is_sam = self.get("Type") == "AWS::Serverless::Function"

    def setting(self, *names: str) -> Any:
        """Read a property of the function, or the default for all functions; names of both styles may be given."""
        for name in names:
            value = self.get(*self.properties, name)
            if value is None and self.defaults is not None:
                value = dig(self.document.value, (*self.defaults, name))
            if value is not None:
                return value
        return None

    def _text(self, *names: str) -> str | None:
        value = self.setting(*names)
        return value if isinstance(value, str) and not self._is_reference(value) else None

    def _is_reference(self, value: str) -> bool:
        """Tell whether a text is what ``!Ref`` or ``!Sub`` is given: snapshots of documents do not keep such tags."""
        parameters = dig(self.document.value, ("Parameters",))
        return "${" in value or (isinstance(parameters, dict) and value in parameters)

    @property
    def runtime(self) -> str | None:
        """The runtime's id; ``None`` when it is not set, or not here (``!Ref``)."""
        return self._text("Runtime", "runtime")

    @property
    def handler(self) -> str | None:
        """What the runtime calls."""
        return self._text("Handler", "handler")

    @property
    def code_uri(self) -> str | None:
        """The folder of its code, relative to the template, when SAM is told it."""
        return self._text("CodeUri")

    @property
    def is_image(self) -> bool:
        """Whether it is deployed as a container image, which brings its own runtime."""
        return self._text("PackageType") == "Image" or self.setting("ImageUri", "image") is not None

    @property
    def build_method(self) -> str | None:
        """How SAM builds it (``Metadata.BuildMethod``)."""
        return self.string("Metadata", "BuildMethod") or None

    @property
    def events(self) -> list[tuple[Path, str, Any]]:
        """The events that call it: path below the view, type (``Api``, ``http``) and content of each."""
        events = self.get(*self.properties, "Events")
        if isinstance(events, dict):
            path = (*self.properties, "Events")
            return [
                ((*path, name, "Properties"), _string(event, "Type"), event.get("Properties"))
                for name, event in events.items()
                if isinstance(event, dict)
            ]
        return [
            (("events", index, key), str(key), content)
            for index, event in enumerate(self.sequence("events"))
            if isinstance(event, dict)
            for key, content in event.items()
        ]

    @property
    def chosen_runtime(self) -> FunctionRuntime | None:
        """The runtime that it sets itself."""
        name = "Runtime" if self.properties else "runtime"
        if self.is_image:
            return None
        handler_name = "Handler" if self.properties else "handler"
        handler = self.get(*self.properties, handler_name)
        other_handler = handler if isinstance(handler, str) and handler != "bootstrap" else None
        return _runtime_at(
            self,
            (*self.properties, name),
            self.provider,
            f'function "{self.name}"' if self.name else "the function",
            handler=self.value_at(*self.properties, handler_name) if other_handler else None,
        )


def is_serverless(value: Any, path: str) -> bool:
    """Tell whether a document is a template of functions: SAM, CloudFormation, serverless.yml or Cloud Build."""
    if not isinstance(value, dict) or isinstance(value.get("apiVersion"), str):
        return False
    return _is_template(value) or _is_serverless_framework(value, path) or _is_cloud_build(value)


def serverless_views(document: DocumentLike) -> Iterator[Any]:
    """Yield the functions of a document, the runtimes that it chooses, and what it opens to everybody."""
    root = View(document)
    if not isinstance(root.value, dict):
        return
    if _is_template(root.value):
        yield from _template_views(root)
    elif _is_cloud_build(root.value):
        from cnlint.manifests.serverless_commands import cloud_build_views

        yield from cloud_build_views(root)
    else:
        yield from _framework_views(root)


# SAM and CloudFormation.


def _is_template(value: dict[Any, Any]) -> bool:
    if "AWSTemplateFormatVersion" in value:
        return True
    resources = value.get("Resources")
    return isinstance(resources, dict) and any(
        _string(resource, "Type").startswith("AWS::") for resource in resources.values()
    )


def _template_views(root: View) -> Iterator[Any]:
    default = _runtime_at(root, ("Globals", "Function", "Runtime"), "aws", "all functions")
    if default is not None:
        yield default
    for name, resource in root.mapping("Resources").items():
        path = ("Resources", name)
        kind = _string(resource, "Type")
        if kind in _FUNCTION_TYPES:
            defaults = ("Globals", "Function") if kind == "AWS::Serverless::Function" else None
            function = ServerlessFunction(root.document, path, "aws", ("Properties",), defaults)
            yield function
            if function.chosen_runtime is not None:
                yield function.chosen_runtime
            yield from _open_settings(function)
        elif kind in _LAYER_TYPES:
            yield from _layer_runtimes(View(root.document, path), str(name))
        elif kind == "AWS::Lambda::Url":
            yield from _open_auth_type(View(root.document, path), ("Properties", "AuthType"), (str(name),))


def _layer_runtimes(layer: View, name: str) -> Iterator[FunctionRuntime]:
    for index, _ in enumerate(layer.sequence("Properties", "CompatibleRuntimes")):
        path = ("Properties", "CompatibleRuntimes", index)
        found = _runtime_at(layer, path, "aws", f'layer "{name}"', severity="info")
        if found is not None:
            yield found


def _open_settings(function: ServerlessFunction) -> Iterator[PublicAccess]:
    properties = function.properties
    given = function.string(*properties, "FunctionName")
    names = (function.name, given) if given else (function.name,)
    yield from _open_auth_type(function, (*properties, "FunctionUrlConfig", "AuthType"), names)
    for path, kind, _ in function.events:
        if kind in ("Api", "HttpApi") and function.get(*path, "Auth", "Authorizer") == "NONE":
            yield PublicAccess(function.at(*path, "Auth", "Authorizer"), names, "Authorizer: NONE")


def _open_auth_type(view: View, path: Path, names: tuple[str, ...]) -> Iterator[PublicAccess]:
    if view.get(*path) == "NONE":
        yield PublicAccess(view.at(*path), names, "AuthType: NONE")


# The Serverless Framework.


def _is_serverless_framework(value: dict[Any, Any], path: str) -> bool:
    if "provider" not in value:
        return False
    is_named = path.rpartition("/")[2].startswith("serverless.")
    return is_named or ("service" in value and isinstance(value.get("functions"), (dict, list)))


def _framework_views(root: View) -> Iterator[Any]:
    provider = root.string("provider") or root.string("provider", "name")
    default = _runtime_at(root, ("provider", "runtime"), provider, "all functions")
    if default is not None:
        yield default
    for path in _framework_functions(root):
        function = ServerlessFunction(root.document, path, provider, (), ("provider",))
        yield function
        if function.chosen_runtime is not None:
            yield function.chosen_runtime
        yield from _open_functions(function)


def _framework_functions(root: View) -> Iterator[Path]:
    """Give the paths of functions: of a mapping, or of a list of mappings."""
    functions = root.get("functions")
    if isinstance(functions, dict):
        yield from (("functions", name) for name in functions)
    elif isinstance(functions, list):
        for index, group in enumerate(functions):
            if isinstance(group, dict):
                yield from (("functions", index, name) for name in group)


def _open_functions(function: ServerlessFunction) -> Iterator[PublicAccess]:
    given = function.string("name")
    names = (function.name, given) if given else (function.name,)
    url = function.get("url")
    if url is True or (isinstance(url, dict) and "authorizer" not in url):
        setting = "url: true" if url is True else "url without an authorizer"
        yield PublicAccess(function.at("url"), names, setting)
    for path, kind, content in function.events:
        if kind in ("http", "httpApi") and _has_no_authorizer(content):
            setting = f"{kind} event without an authorizer"
            yield PublicAccess(function.at(*path), names, setting, kind="event")


def _has_no_authorizer(event: Any) -> bool:
    if isinstance(event, str):
        return True
    return isinstance(event, dict) and not event.get("authorizer") and event.get("private") is not True


# Cloud Build.


def _is_cloud_build(value: dict[Any, Any]) -> bool:
    steps = value.get("steps")
    return isinstance(steps, list) and any(
        any(mark in _string(step, "name") for mark in _BUILDER_IMAGES) or _string(step, "entrypoint") == "gcloud"
        for step in steps
    )


# Config Connector.


class CloudFunction(Manifest):
    """A Google function as an object of Config Connector."""

    __slots__ = ()
    target = "cloud-function"

    def parts(self) -> Iterator[Any]:
        """Yield the runtime that it chooses."""
        for path in (("spec", "runtime"), ("spec", "buildConfig", "runtime")):
            found = _runtime_at(self, path, "google", f'function "{self.name}"' if self.name else "the function")
            if found is not None:
                yield found


class IamPolicy(Manifest):
    """A policy of Google IAM, or one member of one, as an object of Config Connector."""

    __slots__ = ()
    target = "iam-policy"

    @cached_property
    def _names(self) -> tuple[str, ...]:
        resource = self.string("spec", "resourceRef", "name") or self.string("spec", "resourceRef", "external")
        return (resource.rpartition("/")[2],) if resource else ()

    def parts(self) -> Iterator[Any]:
        """Yield what lets everybody call a function or service."""
        if self.string("spec", "role") in _INVOKER_ROLES and self.string("spec", "member") in EVERYBODY:
            yield self._access("spec", "member")
        for index, binding in enumerate(self.sequence("spec", "bindings")):
            if _string(binding, "role") not in _INVOKER_ROLES or not isinstance(binding.get("members"), list):
                continue
            for number, member in enumerate(binding["members"]):
                if (member if isinstance(member, str) else _string(member, "member")) in EVERYBODY:
                    yield self._access("spec", "bindings", index, "members", number)

    def _access(self, *path: str | int) -> PublicAccess:
        value = self.get(*path)
        member = value if isinstance(value, str) else _string(value, "member")
        noun = "service" if self.string("spec", "resourceRef", "kind") == "RunService" else "function"
        return PublicAccess(self.at(*path), self._names, f"{member} may invoke it", noun=noun)


# Reading.


def _runtime_at(
    view: View,
    path: Path,
    provider: str,
    subject: str,
    *,
    handler: Place | None = None,
    severity: Severity | None = None,
) -> FunctionRuntime | None:
    """Read the runtime at a path below a view; ``None`` where there is none, or a reference in its stead."""
    value = view.get(*path)
    if not isinstance(value, str) or not value:
        return None
    style = getattr(view.document, "style", None)
    quote = _QUOTES.get(style((*view.path, *path)), "") if style is not None else None
    return FunctionRuntime(
        provider, value, view.value_at(*path), subject, handler=handler, quote=quote, severity=severity
    )


def _string(value: Any, key: str) -> str:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
