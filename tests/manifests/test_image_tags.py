"""Names that workflows give to images."""

import pytest

from cnlint.manifests.delivery import pushes
from cnlint.manifests.image_tags import expand, tags_of_input, tags_pushed_by
from cnlint.manifests.workflow import Job, Step, read_workflow
from cnlint.syntax.source import Source

HEAD = "on: push\nenv: {REGISTRY: ghcr.io, SELF: '${{ env.SELF }}', NAME: '${{ env.REGISTRY }}/example/orders'}\n"
HEAD += "jobs:\n  a:\n    strategy: {matrix: {app: [api, web], os: [linux]}}\n    runs-on: x\n    steps:\n"


def views(steps):
    return list(read_workflow(Source(".github/workflows/ci.yml", HEAD + steps)).views())


def texts_of(tags):
    step = next(
        view for view in views(f"      - {{uses: a/b@v1, with: {{tags: '{tags}'}}}}\n") if isinstance(view, Step)
    )
    return [tag.reference.text for tag in tags_of_input(step, "tags", {"github.repository": "example/shop"})]


@pytest.mark.parametrize(
    ("tags", "texts"),
    [
        ("a:1,b:2", ["a:1", "b:2"]),
        ("${{ env.NAME }}:1", ["ghcr.io/example/orders:1"]),
        ("ghcr.io/${{ github.repository }}:${{ github.sha }}", ["ghcr.io/example/shop:${{ github.sha }}"]),
        ("x/${{ matrix.app }}:1", ["x/api:1", "x/web:1"]),
        ("x/${{ matrix.app }}-${{ matrix.os }}:1", ["x/${{ matrix.app }}-${{ matrix.os }}:1"]),
        ("x/${{ matrix.other }}:1", ["x/${{ matrix.other }}:1"]),
        ("${{ env.SELF }}:1", ["${{ env.SELF }}:1"]),
        ("${{ steps.other.outputs.tags }}", []),
    ],
)
def test_what_is_known_before_the_run_is_put_in(tags, texts):
    assert texts_of(tags) == texts


def test_variables_that_name_themselves_end_nowhere():
    step = next(view for view in views("      - run: x\n") if isinstance(view, Step))
    assert expand("${{ env.SELF }}", step) == "${{ env.SELF }}"


@pytest.mark.parametrize(
    ("step", "texts"),
    [
        ("run: docker push $REGISTRY/orders:1", ["ghcr.io/orders:1"]),
        ("run: docker push --all-tags example/orders", None),
        ("run: docker buildx build --push -t a/b:1 -t a/b:2 .", ["a/b:1", "a/b:2"]),
        ("run: crane copy a/b:1 c/d:1", ["c/d:1"]),
        ("run: ko build ./cmd/orders", None),
        ("{uses: docker/build-push-action@v7, with: {push: true, tags: 'a/b:1'}}", ["a/b:1"]),
        ("{uses: docker/build-push-action@v7, with: {push: true}}", None),
        ("{uses: docker/build-push-action@v7, with: {outputs: 'type=image,name=a/b,push=true', tags: 'c:1'}}", None),
        ("{uses: docker/bake-action@v6, with: {push: true}}", None),
    ],
)
def test_the_names_of_a_push_are_told_or_not_known(step, texts):
    job = next(view for view in views(f"      - {step}\n") if isinstance(view, Job))
    (activity,) = pushes(job)
    tags = tags_pushed_by(activity)
    assert (None if tags is None else [tag.reference.text for tag in tags]) == texts
