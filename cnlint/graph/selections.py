"""Which pods and workloads something selects, scales or guards: Services, budgets, autoscalers, policies."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from cnlint.graph import kustomize
from cnlint.graph.apply_sets import ApplySet, may_share
from cnlint.graph.link import Link, LinkFamily
from cnlint.graph.resources import Resource
from cnlint.manifests.autoscaling import Autoscaler, PodDisruptionBudget
from cnlint.manifests.kubernetes import Manifest
from cnlint.manifests.labels import LabelSelector
from cnlint.manifests.placeholders import has_placeholder
from cnlint.manifests.services import Service, ServicePort
from cnlint.manifests.view import Path
from cnlint.manifests.workloads import ContainerPort, Workload

CONTROLLER_LABELS = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
"""Labels that controllers put on pods; no pod template has them."""

Pair = tuple[str, str]


class _LabelIndex:
    """Pods by each of their labels."""

    def __init__(self, pods: Iterable[Resource], labels: Mapping[int, Mapping[str, str]]) -> None:
        self.pods: list[Resource] = []
        self.by_pair: dict[Pair, list[Resource]] = {}
        for pod in pods:
            self.pods.append(pod)
            for pair in labels[id(pod)].items():
                self.by_pair.setdefault(pair, []).append(pod)

    def candidates(self, selector: LabelSelector) -> list[Resource]:
        """Give pods among which are all that the selector selects: those with the rarest label that it wants."""
        wanted = selector.equalities()
        if not wanted:
            return self.pods
        return min((self.by_pair.get(pair, []) for pair in wanted.items()), key=len)


class SelectionLinks(LinkFamily):
    """Links from selectors and scale targets to pods and workloads."""

    # Services.

    def pods_behind(self, service: Service) -> tuple[Workload, ...]:
        """Give the workloads whose pods a Service selects: those applied with it, else the nearest ones elsewhere.

        None for a Service without a selector, and for one whose selector holds a placeholder.
        """
        return self.pods_selected(service, selector_of(service))

    def services_selecting(self, workload: Workload) -> tuple[Service, ...]:
        """Give the Services that select the pods of a workload."""
        return tuple(service for group in self._services.get(workload.identity, ()) for service in group)

    @cached_property
    def _services(self) -> dict[tuple[str, int, Path], list[list[Service]]]:
        # Services that select the same pods share one list, so that many of them cost no more than few.
        groups: dict[int, tuple[tuple[Workload, ...], list[Service]]] = {}
        for service in self.project.resources(Service):
            workloads = self.pods_behind(service)
            groups.setdefault(id(workloads), (workloads, []))[1].append(service)
        found: dict[tuple[str, int, Path], list[list[Service]]] = {}
        for workloads, services in groups.values():
            for workload in workloads:
                found.setdefault(workload.identity, []).append(services)
        return found

    # Any selector.

    def pods_selected(self, near: Manifest, selector: LabelSelector) -> tuple[Workload, ...]:
        """Give the workloads whose pods a selector selects, as an object of the project sees them.

        Those applied with ``near`` that may be in its namespace; if there are none, the nearest ones elsewhere.
        """
        resource = self.project.resource_of(near)
        if selector.is_absent or not selector.is_known or resource is None:
            return ()
        sets = self.project.apply_sets
        spaces = sets.namespaces(resource)
        together = sets.of(resource)
        key = (tuple(map(id, together)), str(selector), spaces)
        found = self._selected.get(key)
        if found is None:
            own = [pod for one in together for pod in self._matching(self._index_of(one), selector)]
            own = [pod for pod in dict.fromkeys(own) if may_share(spaces, sets.namespaces(pod))]
            if not own:
                around = sets.nearest(self._index_of(None).candidates(selector), resource.file)
                own = sets.visible((pod for pod in around if selector.matches(self._labels[id(pod)])), resource)
            found = self._selected[key] = tuple(pod.view for pod in own if isinstance(pod.view, Workload))
        return found

    def selects_any(self, near: Manifest, selector: LabelSelector) -> bool:
        """Tell whether a selector selects any pods that may be in the namespace of an object, wherever they stand."""
        if self.pods_selected(near, selector):
            return True
        sets = self.project.apply_sets
        spaces = self.project.namespaces_of(near)
        return any(may_share(spaces, sets.namespaces(pod)) for pod in self.pods_matching(selector))

    def pods_matching(self, selector: LabelSelector) -> Iterator[Resource]:
        """Yield all objects of the project with pods that have the labels of a selector, in whatever namespace."""
        return self._matching(self._index_of(None), selector)

    def pod_labels(self, workload: Workload) -> Mapping[str, str]:
        """Give the labels of a workload's pods, those included that kustomizations add."""
        resource = self.project.resource_of(workload)
        found = None if resource is None else self._labels.get(id(resource))
        return workload.pod_labels if found is None else found

    def hides_labels(self, near: Manifest) -> bool:
        """Tell whether labels of pods that are applied with an object are filled in or patched later."""
        return any(self._hides_labels(one) for one in self.project.sets_of(near))

    def _hides_labels(self, one: ApplySet) -> bool:
        found = self._hidden_labels.get(id(one))
        if found is None:
            found = self._hidden_labels[id(one)] = any(
                self.project.is_patched(pod.view, "spec", "template", "metadata", "labels")
                or any(has_placeholder(text) for pair in self._labels[id(pod)].items() for text in pair)
                for pod in self._index_of(one).pods
            )
        return found

    @cached_property
    def _hidden_labels(self) -> dict[int, bool]:
        return {}

    def pods_near(self, near: Manifest) -> tuple[Workload, ...]:
        """Give the workloads with pods that are applied with an object and may be in its namespace."""
        resource = self.project.resource_of(near)
        if resource is None:
            return ()
        sets = self.project.apply_sets
        spaces = sets.namespaces(resource)
        found = dict.fromkeys(pod for one in sets.of(resource) for pod in self._index_of(one).pods)
        return tuple(
            pod.view for pod in found if isinstance(pod.view, Workload) and may_share(spaces, sets.namespaces(pod))
        )

    def _matching(self, index: _LabelIndex, selector: LabelSelector) -> Iterator[Resource]:
        return (pod for pod in index.candidates(selector) if selector.matches(self._labels[id(pod)]))

    @cached_property
    def _selected(self) -> dict[tuple[tuple[int, ...], str, frozenset[str]], tuple[Workload, ...]]:
        return {}

    @cached_property
    def _labels(self) -> dict[int, Mapping[str, str]]:
        """The labels of the pods of each resource, with all that any of its kustomizations adds."""
        found: dict[int, Mapping[str, str]] = {}
        for resource in self.project.index.with_pods:
            labels = resource.view.pod_labels if isinstance(resource.view, Workload) else {}
            for one in self.project.apply_sets.of(resource):
                layers = one.files.get(resource.file, ())
                labels = kustomize.labels_of(layers, labels) if layers else labels
            found[id(resource)] = labels
        return found

    def _index_of(self, one: ApplySet | None) -> _LabelIndex:
        found = self._indexes.get(id(one))
        if found is None:
            pods = self.project.index.with_pods if one is None else one.index.with_pods
            found = _LabelIndex((pod for pod in pods if pod.kind != "PodTemplate"), self._labels)
            self._indexes[id(one)] = found
        return found

    @cached_property
    def _indexes(self) -> dict[int, _LabelIndex]:
        return {}

    # PodDisruptionBudgets.

    def pods_guarded_by(self, budget: PodDisruptionBudget) -> tuple[Workload, ...]:
        """Give the workloads whose pods a PodDisruptionBudget selects."""
        return self.pods_selected(budget, budget.selector)

    def budgets_of(self, workload: Workload) -> tuple[PodDisruptionBudget, ...]:
        """Give the PodDisruptionBudgets that select the pods of a workload."""
        return tuple(self._budgets.get(workload.identity, ()))

    def may_be_guarded(self, workload: Workload) -> bool:
        """Tell whether a PodDisruptionBudget may select the pods of a workload, wherever in the project it stands."""
        spaces = self.project.namespaces_of(workload)
        guards = self._guards
        return any(may_share(spaces, others) for key in (workload.identity, None) for others in guards.get(key, ()))

    @cached_property
    def _guards(self) -> dict[tuple[str, int, Path] | None, list[frozenset[str]]]:
        """The namespaces of the budgets that match each workload; under ``None`` those of which nobody can tell."""
        found: dict[tuple[str, int, Path] | None, list[frozenset[str]]] = {}
        for budget in self.project.resources(PodDisruptionBudget):
            spaces, selector = self.project.namespaces_of(budget), budget.selector
            if not selector.is_known:
                found.setdefault(None, []).append(spaces)
                continue
            for pod in self.pods_matching(selector):
                found.setdefault((pod.file, pod.document.index, pod.path), []).append(spaces)
        return found

    @cached_property
    def _budgets(self) -> dict[tuple[str, int, Path], list[PodDisruptionBudget]]:
        found: dict[tuple[str, int, Path], list[PodDisruptionBudget]] = {}
        for budget in self.project.resources(PodDisruptionBudget):
            for workload in self.pods_guarded_by(budget):
                found.setdefault(workload.identity, []).append(budget)
        return found

    # Autoscalers.

    @cached_property
    def autoscalers(self) -> tuple[Autoscaler, ...]:
        """All autoscalers of the project: HorizontalPodAutoscalers, KEDA's ScaledObjects, VerticalPodAutoscalers."""
        return self.project.resources(Autoscaler)

    def scale_targets(self, autoscaler: Autoscaler) -> list[Manifest]:
        """Give the objects that an autoscaler may scale: those of that kind and name that it sees equally well.

        The case of the kind does not matter, although it does to Kubernetes: what is meant is clear.
        """
        target = autoscaler.scale_target
        if not target.kind or not target.name:
            return []
        return self.project.find_all(self._kinds.get(target.kind.casefold(), ""), target.name, near=autoscaler)

    def may_have_target(self, autoscaler: Autoscaler) -> bool:
        """Tell whether an object that an autoscaler scales may exist, wherever in the project something makes it."""
        target = autoscaler.scale_target
        return self.may_exist(self._kinds.get(target.kind.casefold(), target.kind), target.name, autoscaler)

    def may_exist(self, kind: str, name: str, near: Manifest) -> bool:
        """Tell whether an object of a kind and name may exist where ``near`` does: some file or command makes it."""
        sets = self.project.apply_sets
        spaces = self.project.namespaces_of(near)
        found = (
            *self.project.index.by_kind_and_name.get((kind, name), ()),
            *sets.renamed.get((kind, name), ()),
        )
        return any(may_share(spaces, sets.namespaces(one)) for one in found) or any(
            (made.kind, made.name) == (kind, name) for made in self.project.links.created_objects
        )

    def autoscalers_of(self, workload: Manifest, *, vertical: bool = False) -> tuple[Autoscaler, ...]:
        """Give the autoscalers of a workload's replicas or, with ``vertical``, of its requests."""
        return tuple(one for one in self._autoscalers.get(workload.identity, ()) if one.is_vertical == vertical)

    def autoscalers_beside(self, autoscaler: Autoscaler) -> list[Autoscaler]:
        """Give the autoscalers, this one among them, that are applied with one and name the same kind and name.

        They stand in the order of their files. What they name need not be there.
        """
        wanted = _target_key(autoscaler)
        sets = self.project.sets_of(autoscaler)
        found = dict.fromkeys(other for one in sets for other in self._targets_in(one).get(wanted, ()))
        return sorted(found, key=lambda one: one.identity)

    def _targets_in(self, one: ApplySet) -> dict[Pair, list[Autoscaler]]:
        """Give the autoscalers of a set by what they scale."""
        known = self._targets.get(id(one))
        if known is None:
            known = self._targets[id(one)] = {}
            for resource in one.index.of_class(Autoscaler):
                if isinstance(resource.view, Autoscaler):
                    known.setdefault(_target_key(resource.view), []).append(resource.view)
        return known

    @cached_property
    def _targets(self) -> dict[int, dict[Pair, list[Autoscaler]]]:
        return {}

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return {kind.casefold(): kind for _, kind in self.project.index.by_kind}

    @cached_property
    def _autoscalers(self) -> dict[tuple[str, int, Path], list[Autoscaler]]:
        found: dict[tuple[str, int, Path], list[Autoscaler]] = {}
        for one in self.autoscalers:
            for target in self.scale_targets(one):
                found.setdefault(target.identity, []).append(one)
        return found

    def links(self) -> Iterator[Link]:
        """Yield what Services and budgets select, and what autoscalers scale."""
        for service in self.project.resources(Service):
            for workload in self.pods_behind(service):
                yield self._between("selects", service, workload, "spec", "selector")
        for budget in self.project.resources(PodDisruptionBudget):
            for workload in self.pods_guarded_by(budget):
                yield self._between("guards", budget, workload, "spec", "selector")
        for one in self.autoscalers:
            for target in self.scale_targets(one):
                place = target.at("metadata", "name")
                yield Link("scales", one.target_place, place, self.confidence(one, target))


def selector_of(service: Service) -> LabelSelector:
    """Give the selector of a Service without the labels that controllers put on pods."""
    selector = service.selector
    kept = tuple(one for one in selector.requirements if one.key not in CONTROLLER_LABELS)
    if selector.is_absent or len(kept) == len(selector.requirements):
        return selector
    return LabelSelector(kept, is_absent=not kept, problems=selector.problems)


def matching_ports(workload: Workload, port: ServicePort) -> list[ContainerPort]:
    """Give the container ports of a workload that a port of a Service leads to: same name or number, same protocol."""
    if workload.template is None:
        return []
    return [
        one
        for one in workload.template.ports
        if one.protocol == port.protocol and port.target_port is not None and port.target_port in (one.number, one.name)
    ]


def _target_key(autoscaler: Autoscaler) -> Pair:
    target = autoscaler.scale_target
    return target.kind.casefold(), target.name
