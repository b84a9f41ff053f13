"""What commands and Applications do to the objects of the project."""

import pytest

from cnlint.graph.commands import ClusterCommand
from cnlint.graph.project import Project

from graph_projects import MakeProject, application, config_map, workload  # isort: skip


def command_of(project: Project) -> ClusterCommand:
    [found] = project.links.cluster_commands
    return found


def targets_of(command: ClusterCommand) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in command.targets]


@pytest.mark.parametrize(
    ("script", "targets"),
    [
        ("kubectl set image deployment/orders orders=example/orders:2", [("Deployment", "orders")]),
        ("kubectl -n shop rollout status deploy orders --timeout=60s", [("Deployment", "orders")]),
        ("kubectl rollout restart deployment/a sts/b", [("Deployment", "a"), ("StatefulSet", "b")]),
        ("kubectl scale --replicas=3 deployments.apps/orders", [("Deployment", "orders")]),
        ("kubectl wait --for=condition=ready pod -l app=orders", []),
        ("kubectl exec deploy/orders -- ls a/b", [("Deployment", "orders")]),
        ("kubectl exec orders-0 -- ls", []),
        ("kubectl get pods", []),
        ("kubectl annotate cm settings a=b", [("ConfigMap", "settings")]),
        ("kubectl rollout status deployment/$NAME", []),
        ("kubectl delete -f x.yaml", []),
    ],
)
def test_commands_name_objects(project_of: MakeProject, script: str, targets: list[tuple[str, str]]) -> None:
    assert targets_of(command_of(project_of({"deploy.sh": script + "\n"}))) == targets


def test_images_are_set_by_container(project_of: MakeProject) -> None:
    script = "kubectl set image deployment/orders orders=example/orders:2 side=example/side:$TAG *=x\n"
    command = command_of(project_of({"deploy.sh": script}))
    assert [(one.container, one.image) for one in command.images] == [
        ("orders", "example/orders:2"),
        ("side", None),
        ("*", "x"),
    ]


@pytest.mark.parametrize(
    ("script", "files"),
    [
        ("kubectl apply -f deploy/a.yaml -f deploy/b.yaml", ["deploy/a.yaml", "deploy/b.yaml"]),
        ("kubectl apply -f deploy/a.yaml,deploy/b.yaml", ["deploy/a.yaml", "deploy/b.yaml"]),
        ("kubectl apply -k overlays/prod", ["overlays/prod"]),
        ("kubectl apply -f https://example.com/a.yaml", [None]),
        ("cat a.yaml | kubectl apply -f -", [None]),
        ("kubectl apply -f $FILE", [None]),
        ("cd deploy; kubectl apply -f .", ["deploy"]),
        ("cd $DIR; kubectl apply -f .", [None]),
    ],
)
def test_commands_name_files(project_of: MakeProject, script: str, files: list[str | None]) -> None:
    assert [one.path for one in command_of(project_of({"deploy.sh": script + "\n"})).files] == files


def test_places_of_words_lead_into_block_scalars(project_of: MakeProject) -> None:
    text = """\
        on: push
        jobs:
          deploy:
            runs-on: ubuntu-latest
            steps:
              - name: Deploy
                run: |
                  echo start
                  kubectl rollout status \\
                    deployment/orders
        """
    command = command_of(project_of({".github/workflows/d.yaml": text}))
    [target] = command.targets
    span = command.command.place(target.word).span
    assert (span.line, span.column, span.end_column) == (10, 13, 30)
    assert command.origin == ".github/workflows/d.yaml#deploy"


def test_objects_are_looked_up_in_the_namespace_of_the_command(project_of: MakeProject) -> None:
    project = project_of(
        {
            "deploy.sh": "kubectl -n shop rollout status deployment/orders\n",
            "a.yaml": workload("orders", namespace="shop"),
            "b.yaml": workload("orders", namespace="web"),
        }
    )
    command = command_of(project)
    found = project.links.objects_named(command, command.targets[0])
    assert [one.namespace for one in found] == ["shop"]


def test_a_renamed_object_is_found_by_its_new_name(project_of: MakeProject) -> None:
    project = project_of(
        {
            "deploy.sh": "kubectl rollout status deployment/prod-orders\n",
            "kustomization.yaml": "resources: [a.yaml]\nnamePrefix: prod-\n",
            "a.yaml": workload("orders"),
        }
    )
    command = command_of(project)
    assert [one.name for one in project.links.objects_named(command, command.targets[0])] == ["orders"]


REPOSITORY = ("https://github.com/example/app",)


def test_applications_lead_to_folders_of_this_repository(project_of: MakeProject) -> None:
    project = project_of(
        {
            "apps.yaml": application("own", "git@github.com:example/app.git", "deploy")
            + "---\n"
            + application("foreign", "https://github.com/example/other", "deploy")
            + "---\n"
            + application("absent", "https://github.com/example/app", "gone"),
            "deploy/orders.yaml": workload("orders"),
        },
        self_repo=REPOSITORY,
    )
    links = project.links
    own, foreign, absent = project.manifests("Application", "argoproj.io")
    assert [(one.folder, one.is_own) for one in links.application_sources] == [
        ("deploy", True),
        ("deploy", False),
        ("gone", True),
    ]
    assert [links.is_own_application(one) for one in (own, foreign, absent)] == [True, False, False]
    assert [one.name for one in links.objects_of(own)] == ["orders"]
    orders = project.find("Deployment", "orders")
    assert orders and links.applications_of(orders) == (own,)


def test_the_generators_of_an_application_set_are_followed(project_of: MakeProject) -> None:
    text = """\
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: all}
        spec:
          generators:
            - git:
                repoURL: https://github.com/example/app
                directories: [{path: apps/*}, {path: apps/old, exclude: true}]
          template:
            spec:
              source: {repoURL: https://github.com/example/app, path: '{{path}}'}
              destination: {namespace: '{{path.basename}}'}
        """
    project = project_of(
        {
            "set.yaml": text,
            "apps/a/x.yaml": config_map("x"),
            "apps/b/deep/y.yaml": config_map("y"),
            "apps/old/z.yaml": config_map("z"),
        },
        self_repo=REPOSITORY,
    )
    assert [one.folder for one in project.links.own_sources] == ["apps/a", "apps/b"]


def test_an_application_names_its_project(project_of: MakeProject) -> None:
    project = project_of(
        {
            "p.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: default}\n",
            "a.yaml": application("own", "https://github.com/example/app", "deploy"),
        }
    )
    [found] = project.manifests("Application", "argoproj.io")
    assert project.links.project_of(found) is project.find("AppProject", "default")


@pytest.mark.parametrize(
    ("entry", "covered"),
    [
        ("{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}", True),
        ("{group: '*', kind: '*', jqPathExpressions: [.spec.replicas]}", True),
        ("{group: apps, kind: Deployment, name: orders, managedFieldsManagers: [kube-controller-manager]}", True),
        ("{group: apps, kind: Deployment, jsonPointers: [/spec]}", True),
        ("{group: apps, kind: Deployment, jsonPointers: [/spec/template]}", False),
        ("{group: apps, kind: StatefulSet, jsonPointers: [/spec/replicas]}", False),
        ("{group: apps, kind: Deployment, name: cart, jsonPointers: [/spec/replicas]}", False),
        ("{kind: Deployment, jsonPointers: [/spec/replicas]}", False),
        ("{group: apps, kind: Deployment, jsonPointers: /spec/replicas}", False),
    ],
)
def test_an_application_may_leave_a_field_to_others(project_of: MakeProject, entry: str, covered: bool) -> None:
    text = application("own", "https://github.com/example/app", "deploy") + f"  ignoreDifferences: [{entry}]\n"
    project = project_of({"a.yaml": text, "deploy/orders.yaml": workload("orders")})
    [found] = project.manifests("Application", "argoproj.io")
    orders = project.find("Deployment", "orders")
    assert orders and project.links.ignores_difference(found, orders, "spec", "replicas") is covered


def test_an_application_heals_itself_if_it_says_so(project_of: MakeProject) -> None:
    text = application("own", "https://github.com/example/app", "deploy")
    healing = application("heals", "https://github.com/example/app", "deploy")
    project = project_of({"a.yaml": text + "---\n" + healing + "  syncPolicy: {automated: {selfHeal: true}}\n"})
    found = project.manifests("Application", "argoproj.io")
    assert [project.links.heals_itself(one) for one in found] == [False, True]
