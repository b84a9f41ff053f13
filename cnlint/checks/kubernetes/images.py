"""The images that containers run."""

from collections.abc import Iterator

from cnlint.findings import Report, report
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check


@check("K8S200")
def floating_image_tag(container: Container, context: Context) -> Iterator[Report]:
    if container.runs_image(context.options["exempt_images"]):
        return
    for image in context.project.links.images_of(container):
        if image.has_digest or image.name is None:
            continue
        if not image.has_tag:
            wrong = 'has no tag and means "latest", which changes with every push'
        elif image.tag in context.options["floating_tags"]:
            wrong = f'has the tag "{image.tag}", which changes with every push'
        else:
            continue
        yield report(container.value_at("image"), f'image "{image.text}" of {container.ref} {wrong}')
        return
