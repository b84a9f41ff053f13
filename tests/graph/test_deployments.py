"""What commands and Applications do to the objects of the project."""

import pytest

from cnlint.graph.commands import ClusterCommand
from cnlint.graph.project import Project

from graph_projects import MakeProject, workload  # isort: skip


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
