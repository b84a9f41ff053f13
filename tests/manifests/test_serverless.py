"""Views of serverless functions in templates, serverless.yml, Cloud Build, Config Connector and commands."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnlint.data.serverless_runtimes import lifecycle
from cnlint.findings import Place
from cnlint.manifests.commands import Command, commands_of
from cnlint.manifests.kubernetes import document_views
from cnlint.manifests.serverless import (
    FunctionRuntime,
    PublicAccess,
    ServerlessFunction,
    is_serverless,
    serverless_views,
)
from cnlint.manifests.serverless_commands import views_of_command
from cnlint.syntax import yaml
from cnlint.syntax.source import Source

TODAY = datetime.date(2026, 11, 22)


def document(text: str, path: str = "template.yaml") -> Any:
    return yaml.parse(Source(path, text), yaml.Dialect.KUBERNETES).documents[0]


def runtimes(text: str) -> list[tuple[str, str, str, int]]:
    return [
        (view.provider, view.runtime, view.subject, view.place.span.line)
        for view in serverless_views(document(text))
        if isinstance(view, FunctionRuntime)
    ]


def accesses(text: str) -> list[tuple[tuple[str, ...], str, int]]:
    return [
        (view.names, view.setting, view.place.span.line)
        for view in serverless_views(document(text))
        if isinstance(view, PublicAccess)
    ]


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ('AWSTemplateFormatVersion: "2010-09-09"', "a.yaml", True),
        ("Resources: {F: {Type: AWS::Lambda::Function}}", "a.yaml", True),
        ("Resources: {F: {Type: Other}}", "a.yaml", False),
        ("Resources: [AWS::Lambda::Function]", "a.yaml", False),
        ("service: a\nprovider: {name: aws}\nfunctions: {}", "a.yaml", True),
        ("service: a\nprovider: aws", "x/serverless.yml", True),
        ("provider: aws\nfunctions: {}", "a.yaml", False),
        ("steps: [{name: gcr.io/cloud-builders/go}]", "cloudbuild.yaml", True),
        ("steps: [{name: build}, null]", "a.yaml", False),
        ("apiVersion: v1\nkind: ConfigMap\nprovider: aws\nservice: a\nfunctions: {}", "a.yaml", False),
        ("- a", "serverless.yml", False),
    ],
)
def test_documents_that_hold_functions_are_known(text: str, path: str, expected: bool) -> None:
    assert is_serverless(document(text, path).value, path) is expected


def test_runtimes_of_a_template_are_found() -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.8}
Resources:
  A:
    Type: AWS::Serverless::Function
    Properties: {Runtime: go1.x}
  B:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image, Runtime: go1.x}
  C:
    Type: AWS::Serverless::LayerVersion
    Properties:
      CompatibleRuntimes:
        - ruby2.7
"""
    assert runtimes(text) == [
        ("aws", "python3.8", "all functions", 3),
        ("aws", "go1.x", 'function "A"', 7),
        ("aws", "ruby2.7", 'layer "C"', 15),
    ]


@pytest.mark.parametrize(("written", "quote"), [("go1.x", ""), ("'go1.x'", "'"), ('"go1.x"', '"')])
def test_a_runtime_knows_how_it_is_quoted(written: str, quote: str) -> None:
    text = f"Resources: {{A: {{Type: AWS::Lambda::Function, Properties: {{Runtime: {written}}}}}}}\n"
    (found,) = [view for view in serverless_views(document(text)) if isinstance(view, FunctionRuntime)]
    assert found.quote == quote


def test_runtimes_of_the_serverless_framework_are_found() -> None:
    text = """\
service: a
provider:
  name: google
  runtime: nodejs16
functions:
  - hello:
      handler: x
      runtime: go116
"""
    assert runtimes(text) == [("google", "nodejs16", "all functions", 4), ("google", "go116", 'function "hello"', 8)]


def test_runtimes_of_cloud_build_are_found_where_they_stand() -> None:
    text = """\
steps:
  - name: gcr.io/cloud-builders/gcloud
    args: [functions, deploy, a, --runtime, go116]
  - name: gcr.io/cloud-builders/gcloud
    entrypoint: bash
    args:
      - -c
      - |
        echo a
        gcloud functions deploy b --runtime=go118
  - name: gcr.io/cloud-builders/gcloud
    script: |
      gcloud functions deploy c --runtime=go113
"""
    found = [view for view in serverless_views(document(text)) if isinstance(view, FunctionRuntime)]
    assert [(view.runtime, view.subject, view.place.span) for view in found] == [
        ("go116", 'function "a"', (3, 45, 3, 50)),
        ("go118", 'function "b"', (10, 45, 10, 50)),
        ("go113", 'function "c"', (13, 43, 13, 48)),
    ]


def test_a_function_reads_its_own_properties_before_the_defaults() -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: go1.x, Handler: main}
Resources:
  A:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: go1.x}
    Properties: {Runtime: provided.al2023, CodeUri: src}
"""
    (function,) = [view for view in serverless_views(document(text)) if isinstance(view, ServerlessFunction)]
    assert (function.name, function.runtime, function.handler) == ("A", "provided.al2023", "main")
    assert (function.build_method, function.code_uri, function.is_image) == ("go1.x", "src", False)


def test_names_of_parameters_are_no_values() -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Handler: {Type: String}}
Resources:
  A:
    Type: AWS::Serverless::Function
    Properties: {Runtime: !Sub "go${V}", Handler: !Ref Handler}
"""
    (function,) = [view for view in serverless_views(document(text)) if isinstance(view, ServerlessFunction)]
    assert (function.runtime, function.handler) == (None, None)


def test_open_settings_of_a_template_are_found() -> None:
    text = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  A:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Get: {Type: HttpApi, Properties: {Auth: {Authorizer: NONE}}}
        Put: {Type: Api, Properties: {Auth: {Authorizer: Cognito}}}
        Queue: {Type: SQS, Properties: {Auth: {Authorizer: NONE}}}
  B:
    Type: AWS::Lambda::Url
    Properties: {AuthType: AWS_IAM}
"""
    assert accesses(text) == [(("A", "orders"), "AuthType: NONE", 7), (("A", "orders"), "Authorizer: NONE", 9)]


def test_open_settings_of_the_serverless_framework_are_found() -> None:
    text = """\
service: a
provider: {name: aws}
functions:
  a: {url: true}
  b: {url: {cors: true}}
  c: {url: {authorizer: aws_iam}}
  d: {url: false}
  e:
    events:
      - http: {path: x, authorizer: aws_iam}
      - http: GET /y
      - schedule: rate(1 hour)
"""
    assert accesses(text) == [
        (("a",), "url: true", 4),
        (("b",), "url without an authorizer", 5),
        (("e",), "http event without an authorizer", 11),
    ]


def test_objects_of_config_connector_are_read() -> None:
    text = """\
apiVersion: iam.cnrm.cloud.google.com/v1beta1
kind: IAMPolicy
metadata: {name: a}
spec:
  resourceRef: {kind: RunService, external: projects/p/locations/l/services/orders}
  bindings:
    - role: roles/run.invoker
      members:
        - serviceAccount:a
        - allUsers
    - role: roles/viewer
      members: [allUsers]
    - null
"""
    found = [view for view in document_views(document(text)) if isinstance(view, PublicAccess)]
    assert [(view.subject, view.setting, view.place.span.line) for view in found] == [
        ('service "orders"', "allUsers may invoke it", 10)
    ]


def views_of(text: str) -> list[FunctionRuntime | PublicAccess]:
    source = Source("deploy.sh", text)
    found = commands_of(text, lambda start, end: Place("deploy.sh", source.span(start, end)), None, Command, "bash")
    return [view for command in found for view in views_of_command(command)]


@pytest.mark.parametrize(
    ("text", "provider", "runtime", "subject", "column"),
    [
        ("aws lambda create-function --function-name f --runtime go1.x", "aws", "go1.x", 'function "f"', 56),
        ("aws --profile x lambda update-function-configuration --runtime=go1.x", "aws", "go1.x", "the function", 64),
        ("gcloud functions deploy f --runtime 'go116'", "google", "go116", 'function "f"', 37),
        ("gcloud --project p beta functions deploy f --gen2 --runtime go116", "google", "go116", 'function "f"', 61),
        ("gcloud functions deploy --retry --runtime go116", "google", "go116", "the function", 43),
        ("sudo -E gcloud functions deploy $F --runtime go116", "google", "go116", "the function", 46),
    ],
)
def test_commands_choose_runtimes(text: str, provider: str, runtime: str, subject: str, column: int) -> None:
    (found,) = views_of(text)
    assert isinstance(found, FunctionRuntime)
    assert (found.provider, found.runtime, found.subject) == (provider, runtime, subject)
    assert found.place.span.column == column


@pytest.mark.parametrize(
    "text",
    [
        "aws lambda invoke --runtime go1.x",
        "aws lambda create-function --runtime $RUNTIME",
        "aws lambda create-function --runtime",
        "gcloud functions list --runtime go116",
        "gcloud functions deploy f",
        "docker run --runtime go116 img",
    ],
)
def test_other_commands_choose_no_runtime(text: str) -> None:
    assert views_of(text) == []


@pytest.mark.parametrize(
    ("text", "subject", "setting"),
    [
        ("gcloud functions deploy f --allow-unauthenticated", 'function "f"', "--allow-unauthenticated"),
        ("gcloud run deploy f --allow-unauthenticated", 'service "f"', "--allow-unauthenticated"),
        ("gcloud alpha run deploy $F --allow-unauthenticated", "the service", "--allow-unauthenticated"),
        (
            "gcloud run services add-iam-policy-binding f --member=allUsers --role=r",
            'service "f"',
            "--member=allUsers",
        ),
        ("gcloud functions add-invoker-policy-binding f --member allUsers", 'function "f"', "--member allUsers"),
        (
            "aws lambda create-function-url-config --function-name f --auth-type NONE",
            'function "f"',
            "--auth-type NONE",
        ),
        ("aws lambda add-permission --function-name f --principal '*'", 'function "f"', "--principal '*'"),
        ("az webapp auth update -n f --action AllowAnonymous", 'app "f"', "--action AllowAnonymous"),
    ],
)
def test_commands_open_functions_to_everybody(text: str, subject: str, setting: str) -> None:
    (found,) = views_of(text)
    assert isinstance(found, PublicAccess)
    assert (found.subject, found.setting) == (subject, setting)


@pytest.mark.parametrize(
    "text",
    [
        "gcloud functions deploy f --no-allow-unauthenticated",
        "gcloud run deploy f --allow-unauthenticated=false",
        "gcloud compute deploy f --allow-unauthenticated",
        "gcloud run services add-iam-policy-binding f --member=user:a@example.com",
        "aws lambda create-function-url-config --auth-type AWS_IAM",
        "aws lambda add-permission --principal '*' --source-account 1",
        "aws lambda add-permission --principal s3.amazonaws.com",
    ],
)
def test_commands_that_keep_functions_closed(text: str) -> None:
    assert views_of(text) == []


@pytest.mark.parametrize(
    ("provider", "runtime", "stage"),
    [
        ("aws", "provided.al2023", "supported"),
        ("aws", "nodejs18.x", "deprecated"),
        ("aws", "go1.x", "creation-blocked"),
        ("aws", "python2.7", "update-blocked"),
        ("google", "go125", None),
        ("google", "go116", "update-blocked"),
        ("google", "nodejs22", "supported"),
        ("google", "python310", "deprecated"),
        ("azure", "go116", None),
        ("aws", None, None),
    ],
)
def test_runtimes_end_in_stages(provider: str, runtime: str | None, stage: str | None) -> None:
    life = lifecycle(provider, runtime)
    assert (life and life.stage(TODAY)) == stage


def test_a_runtime_is_deprecated_from_its_day_on() -> None:
    life = lifecycle("aws", "nodejs22.x")
    assert life is not None
    assert life.stage(datetime.date(2027, 4, 29)) == "supported"
    assert life.stage(datetime.date(2027, 4, 30)) == "deprecated"
    assert life.sentence(datetime.date(2027, 4, 29)) == "will be deprecated on 2027-04-30, in 1 day"


_ODD = st.recursive(
    st.sampled_from([None, True, 0, "", "NONE", "go1.x", "AWS::Serverless::Function", "AWS::Lambda::Url", "aws"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "Type",
                    "Properties",
                    "Runtime",
                    "Handler",
                    "Events",
                    "Auth",
                    "Authorizer",
                    "FunctionUrlConfig",
                    "AuthType",
                    "functions",
                    "events",
                    "http",
                    "url",
                    "name",
                    "runtime",
                    "args",
                    "script",
                    "members",
                    "role",
                    "Metadata",
                    "CompatibleRuntimes",
                    "bindings",
                    "member",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)
_TOP = ["Resources", "Globals", "Parameters", "provider", "functions", "service", "steps", "AWSTemplateFormatVersion"]


@given(st.dictionaries(st.sampled_from(_TOP), st.one_of(_ODD, st.dictionaries(st.sampled_from("ab"), _ODD))))
def test_no_document_makes_a_view_raise(value: dict[str, Any]) -> None:
    import json

    parsed = document(json.dumps(value))
    is_serverless(parsed.value, "serverless.yml")
    for view in serverless_views(parsed):
        if isinstance(view, ServerlessFunction):
            assert all(isinstance(kind, str) for _, kind, _ in view.events)
            assert view.is_image in (True, False)
        else:
            assert view.place.span


@given(_ODD)
def test_no_object_of_config_connector_makes_a_view_raise(spec: Any) -> None:
    import json

    for api_version, kind in (
        ("iam.cnrm.cloud.google.com/v1beta1", "IAMPolicy"),
        ("cloudfunctions.cnrm.cloud.google.com/v1beta1", "CloudFunctionsFunction"),
    ):
        parsed = document(json.dumps({"apiVersion": api_version, "kind": kind, "spec": spec}))
        assert all(view is not None for view in document_views(parsed))
