"""Where paths that lead nowhere were probably meant to lead."""

import pytest

from cnlint.graph.paths import nearest_path, only_namesake, place_of

from graph_projects import MakeProject, config_map  # isort: skip

FILES = {
    "services/orders/deploy/settings.yaml": config_map("a"),
    "services/cart/kustomization.yaml": "resources: []\n",
    "base/settings.yaml": config_map("b"),
    "main.go": "package main\n",
}


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("service/orders/deploy", "services/orders/deploy"),
        ("services/order/deploy", "services/orders/deploy"),
        ("base/settings.yml", "base/settings.yaml"),
        ("base/setings.yaml", "base/settings.yaml"),
        ("service/order/deploy", None),
        ("kubernetes", None),
        ("base/other.yaml", None),
    ],
)
def test_one_part_may_be_written_differently(project_of: MakeProject, path: str, near: str | None) -> None:
    assert nearest_path(project_of(FILES), path) == near


def test_a_file_or_kustomization_elsewhere_counts_if_it_is_the_only_one(project_of: MakeProject) -> None:
    project = project_of(FILES)
    assert only_namesake(project, "x/main.go") == "main.go"
    assert only_namesake(project, "../cart") == "services/cart"
    assert only_namesake(project, "x/settings.yaml") is None


def test_a_folder_is_shown_by_its_kustomization_or_first_file(project_of: MakeProject) -> None:
    project = project_of(FILES)
    paths = ("services/cart", "services/orders", "main.go")
    assert [place_of(project, path).path for path in paths] == [
        "services/cart/kustomization.yaml",
        "services/orders/deploy/settings.yaml",
        "main.go",
    ]
