"""The names and tags by which workflows push and deploy images."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cnlint.findings import Edit, Fix, Place, Related, Report, report
from cnlint.graph.images import is_vendor_image
from cnlint.graph.links import Links
from cnlint.manifests.commands import StepCommand
from cnlint.manifests.delivery import Activity, may_do, pushes
from cnlint.manifests.image_tags import ImageTag, tag_of_word, tags_pushed_by
from cnlint.manifests.images import ImageReference
from cnlint.manifests.workflow import Job, Step, Workflow
from cnlint.manifests.workloads import Container
from cnlint.rules import Context, check
from cnlint.syntax.patterns import regex


class _Push(NamedTuple):
    activity: Activity
    tag: ImageTag

    @property
    def is_latest(self) -> bool:
        """Whether it means whatever was pushed last: the tag ``latest``, or none."""
        reference = self.tag.reference
        return not reference.has_digest and (reference.tag == "latest" or not reference.has_tag)


@check("GHA907")
def latest_only_tag(workflow: Workflow) -> Iterator[Report]:
    for name, pushed in _pushes_by_name(workflow).items():
        if all(push.is_latest for push in pushed):
            how = 'as "latest" only' if pushed[0].tag.reference.has_tag else "without a tag, so as latest only"
            message = f'image "{name}" is pushed {how}: which commit it holds cannot be told'
            yield report(pushed[0].tag.place, message, fixes=_commit_added(pushed[0]))


@check("GHA908")
def tag_not_from_commit(workflow: Workflow) -> Iterator[Report]:
    for name, pushed in _pushes_by_name(workflow).items():
        texts = [push.tag.reference.text for push in pushed]
        if all(push.is_latest for push in pushed) or not all(_is_fixed(text, workflow) for text in texts):
            continue
        tags = ", ".join(f'"{text.removeprefix(name).lstrip(":") or "latest"}"' for text in dict.fromkeys(texts))
        yield report(_place_of_tags(pushed[0]), f'image "{name}" is tagged {tags}, which no commit or release decides')


def _pushes_by_name(workflow: Workflow) -> Mapping[str, list[_Push]]:
    """Give the images that a workflow pushes by their names as written, with all tags that it gives them.

    Jobs that push images whose names are not written in the workflow are left out: these may be the same images.
    """
    known: dict[str, list[_Push]] | None = workflow.notes.get("pushes-by-name")
    if known is None:
        known = workflow.notes["pushes-by-name"] = {}
        for job in workflow.jobs.values():
            for push in _pushes_of(job) or ():
                known.setdefault(push.tag.reference.written_name, []).append(push)
    return known


def _pushes_of(job: Job) -> list[_Push] | None:
    """Give the images that a job pushes; ``None`` when it pushes any that cannot be told."""
    found = []
    for activity in pushes(job):
        tags = tags_pushed_by(activity)
        if tags is None or any(_may_hide_tag(tag.reference) for tag in tags):
            return None
        found += [_Push(activity, tag) for tag in tags]
    return found


def _may_hide_tag(reference: ImageReference) -> bool:
    """Tell whether a name is none, or a variable at its end may hold its tag."""
    is_bare = not reference.has_tag and not reference.has_digest
    return not reference.written_name or (is_bare and reference.text.endswith(("}", ")", "`")))


# What stands in a tag without saying from which commit or release the image is.
_SAYS_NOTHING = regex(r"\$\{\{\s*(?:github\.(?:actor|repository\w*|workflow|job|event_name)|runner\.\w+)\s*\}\}")
_SAYS_THE_BRANCH = regex(r"\$\{\{\s*github\.(?:ref_name|base_ref|head_ref)\s*\}\}")


def _is_fixed(text: str, workflow: Workflow) -> bool:
    """Tell whether a name gets the same tag for every commit of a branch."""
    rest = _SAYS_NOTHING.sub("", text)
    if not _may_run_for_tags(workflow):
        rest = _SAYS_THE_BRANCH.sub("", rest)
    return "$" not in rest and "`" not in rest and "@" not in rest


def _may_run_for_tags(workflow: Workflow) -> bool:
    push = workflow.triggers.get("push")
    only_branches = push is None or (push.get("branches") is not None and push.get("tags") is None)
    return not only_branches or not {"push", "pull_request", "workflow_dispatch", "schedule"}.issuperset(
        workflow.triggers
    )


def _place_of_tags(push: _Push) -> Place:
    step = push.activity.step
    key = step.input_key("tags") if step is not None and push.activity.command is None else None
    return step.at("with", key) if step is not None and key is not None else push.tag.place


def _commit_added(push: _Push) -> list[Fix]:
    """Propose a second tag where the list of tags can take one."""
    step, reference = push.activity.step, push.tag.reference
    style = getattr(step.document, "style", None) if step is not None else None
    if step is None or style is None or push.activity.command is not None or reference.text != _written(step):
        return []
    if style((*step.path, "with")) != "block-mapping":
        return []
    end = push.tag.place.span
    edit = Edit(
        end._replace(line=end.end_line, column=end.end_column), f",{reference.written_name}:${{{{ github.sha }}}}"
    )
    return [Fix("push it by the commit id as well", (edit,))]


def _written(step: Step) -> str:
    return (step.input("tags") or "").strip()


@check("GHA907")
def latest_deployed(command: StepCommand) -> Iterator[Report]:
    for place, message in _deployed_as_latest(command):
        job = command.origin.job
        if job is None or not may_do(job, "cluster"):
            yield report(place, message, hint="deploy the tag that this run built, for instance ${{ github.sha }}")


def _deployed_as_latest(command: StepCommand) -> Iterator[tuple[Place, str]]:
    if command.runs("kubectl|oc", "set", "image"):
        for word in command.operands()[3:]:
            container, equals, _ = word.prefix.partition("=")
            image = word.after(len(container) + 1) if equals else None
            if image is None or not image.prefix:
                continue
            reference = tag_of_word(command, image).reference
            if reference.tag == "latest":
                yield command.place(word), f'container "{container}" is set to the image "{reference.text}"'
            elif not reference.has_tag and not reference.has_digest and not _may_hide_tag(reference):
                yield (
                    command.place(word),
                    f'container "{container}" is set to the image "{reference.text}", without a tag',
                )
    elif command.runs("helm", "upgrade|install"):
        for word in command.options("--set", "--set-string"):
            for setting in (word.value or "").split(","):
                key, _, value = setting.partition("=")
                last = key.rpartition(".")[2].lower().replace("_", "").replace("-", "")
                if (last in ("tag", "imagetag") and value == "latest") or (
                    last == "image" and value.endswith(":latest")
                ):
                    yield command.place(word), f'helm deploys whatever image is latest: "{setting}"'


@check("GHA924")
def image_name_mismatch(container: Container, context: Context) -> Iterator[Report]:
    links = context.project.links
    pushed = links.pushed_names
    if not pushed:
        return
    aliases: Mapping[str, str] = context.options["image_aliases"]
    images = [image for image in links.images_of(container) if image.name is not None]
    names = [_normalised(image, aliases) for image in images]
    if not names or any(name in pushed or is_vendor_image(name) for name in names):
        return
    near = _nearest_pushed(names[0], links)
    if near is None or any(_may_be(unknown, names[0]) for unknown in links.pushed_without_name):
        return
    tag = pushed[near]
    message = (
        f'{container.ref} runs image "{images[0].written_name}", and "{tag.reference.written_name}" is what is pushed'
    )
    related = [Related(tag.place, f'"{tag.reference.written_name}" is pushed here')]
    hint = f"write {tag.reference.written_name}, or push the name that the manifest has"
    yield report(container.at("image"), message, related=related, hint=hint)


def _normalised(image: ImageReference, aliases: Mapping[str, str]) -> str:
    """Give the name of an image as it is pushed: without a mirror or proxy that the option names."""
    written = image.written_name
    for alias, original in aliases.items():
        if written == alias or written.startswith(f"{alias.rstrip('/')}/"):
            written = original.rstrip("/") + written[len(alias.rstrip("/")) :]
            break
    return ImageReference.parse(written).name or ""


# Words that many projects call an image.
_COMMON_NAMES = frozenset(
    {"agent", "api", "app", "backend", "base", "cli", "client", "controller", "demo", "example", "exporter", "frontend"}
    | {"gateway", "manager", "operator", "proxy", "server", "service", "ui", "web", "webhook", "worker"}
)


def _nearest_pushed(name: str, links: Links) -> str | None:
    """Give the pushed image that is meant: of the same last name, else the only one that is one or two letters away."""
    registry, _, rest = name.partition("/")
    owner, _, last = rest.rpartition("/")
    for other in links.pushed_with_last_name(last):
        other_registry, _, other_rest = other.partition("/")
        is_related = registry == other_registry or owner == other_rest.rpartition("/")[0]
        if is_related or last not in _COMMON_NAMES:
            return other
    near = links.pushed_almost_as(name)
    return near[0] if len(near) == 1 else None


def _may_be(unknown: ImageTag, name: str) -> bool:
    """Tell whether a name that is partly known only at run time may be this one."""
    last = unknown.reference.written_name.rpartition("/")[2]
    return last == name.rpartition("/")[2] or any(sign in last for sign in "${}()`")
