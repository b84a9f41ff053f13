"""Corpora of files that look like real ones, made anew by number and seed, for measurements."""

import random
from pathlib import Path

KINDS = ("dockerfile", "kubernetes", "workflow", "istio", "mixed")

_LANGUAGES = {
    "go": (
        "golang:1.26-alpine",
        "go mod download",
        'CGO_ENABLED=0 go build -ldflags="-s -w" -o /out/app ./cmd/app',
        "go.mod go.sum",
    ),
    "node": ("node:24-slim", "npm ci", "npm run build", "package.json package-lock.json"),
    "python": (
        "python:3.13-slim",
        "pip install --no-cache-dir -r requirements.txt",
        "python -m compileall .",
        "requirements.txt",
    ),
    "rust": ("rust:1.90-slim", "cargo fetch", "cargo build --release", "Cargo.toml Cargo.lock"),
}


def dockerfile(name: str, dice: random.Random) -> str:
    """Make a multi-stage Dockerfile of one of several languages; every fourth has mistakes."""
    image, fetch, build, manifests = _LANGUAGES[dice.choice(sorted(_LANGUAGES))]
    sloppy = dice.random() < 0.25
    lines = [
        "# syntax=docker/dockerfile:1.7",
        f"ARG BASE={image}",
        "FROM ${BASE} AS build",
        "WORKDIR /src",
        *(["COPY . ."] if sloppy else [f"COPY {manifests} ./", f"RUN {fetch}", "COPY . ."]),
        "RUN apt-get update && apt-get install -y --no-install-recommends \\",
        "      ca-certificates \\",
        "      curl \\",
        "    && rm -rf /var/lib/apt/lists/*",
        f"RUN {build}",
        "",
        f"FROM {'alpine:latest' if sloppy else 'gcr.io/distroless/static-debian13:nonroot'}",
        f'LABEL org.opencontainers.image.title="{name}"',
        "ENV LOG_LEVEL=info \\",
        "    PORT=8080",
        "WORKDIR /app",
        f"COPY --from=build /out/app /app/{name}",
        *([] if sloppy else ["USER 65532:65532"]),
        "EXPOSE 8080",
        f"ENTRYPOINT /app/{name}" if sloppy else f'ENTRYPOINT ["/app/{name}"]',
    ]
    return "\n".join(lines) + "\n"


def deployment(name: str, namespace: str, dice: random.Random) -> str:
    """Make a Deployment with two containers; every fourth has mistakes."""
    sloppy = dice.random() < 0.25
    probes = "" if sloppy else _PROBES
    limits = "{cpu: 100m, memory: 64Mi}" if sloppy else "{cpu: 100m, memory: 128Mi}"
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: shop
spec:
  replicas: {dice.randint(2, 6)}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: shop
        version: v1
    spec:
      serviceAccountName: {name}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        seccompProfile: {{type: RuntimeDefault}}
      containers:
        - name: {name}
          image: registry.example.com/shop/{name}:{dice.randint(1, 9)}.{dice.randint(0, 30)}.0
          ports:
            - name: http
              containerPort: 8080
          envFrom:
            - configMapRef:
                name: {name}
          env:
            - name: DATABASE_HOST
              valueFrom:
                configMapKeyRef: {{name: {name}, key: database_host}}
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits: {limits}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
{probes}        - name: metrics
          image: registry.example.com/platform/metrics:2.4.1
          ports:
            - name: metrics
              containerPort: 9090
          resources:
            requests: {{cpu: 10m, memory: 32Mi}}
            limits: {{memory: 32Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{drop: [ALL]}}
"""


_PROBES = """\
          readinessProbe:
            httpGet: {path: /ready, port: http}
            periodSeconds: 5
          livenessProbe:
            httpGet: {path: /healthz, port: http}
            periodSeconds: 10
            failureThreshold: 6
"""


def service(name: str, namespace: str) -> str:
    """Make the Service of a Deployment."""
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
"""


def config_map(name: str, namespace: str) -> str:
    """Make the ConfigMap that a Deployment reads."""
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {namespace}
data:
  database_host: postgres.{namespace}.svc.cluster.local
  log_level: info
"""


def autoscaler(name: str, namespace: str) -> str:
    """Make a HorizontalPodAutoscaler."""
    return f"""\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {name}
  namespace: {namespace}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}
  minReplicas: 2
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {{type: Utilization, averageUtilization: 70}}
"""


def routes(name: str, namespace: str) -> str:
    """Make a VirtualService and a DestinationRule that split traffic over two subsets."""
    return f"""\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: {name}
  namespace: {namespace}
spec:
  hosts: [{name}]
  http:
    - timeout: 5s
      retries: {{attempts: 2, perTryTimeout: 2s}}
      route:
        - destination: {{host: {name}, subset: stable}}
          weight: 90
        - destination: {{host: {name}, subset: canary}}
          weight: 10
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: {name}
  namespace: {namespace}
spec:
  host: {name}
  trafficPolicy:
    outlierDetection: {{consecutive5xxErrors: 5}}
  subsets:
    - name: stable
      labels: {{version: v1}}
    - name: canary
      labels: {{version: v1}}
"""


def workflow(name: str, dice: random.Random) -> str:
    """Make a workflow that tests, builds and deploys; every fourth has mistakes."""
    sloppy = dice.random() < 0.25
    pin = "@v3" if sloppy else "@11bd71901bbe5b1630ceea73d27597364c9af683 # v5.0.0"
    return f"""\
name: {name}
on:
  push:
    branches: [main]
  pull_request:
{"" if sloppy else "permissions: {contents: read}"}
concurrency:
  group: {name}-${{{{ github.ref }}}}
jobs:
  test:
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:
      - uses: actions/checkout{pin}
        with:
          persist-credentials: false
      - uses: actions/setup-go@v6
        with:
          go-version: "1.26"
      - name: Test
        run: |
          go vet ./...
          go test -race ./...
  build:
    needs: test
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    timeout-minutes: 20
    steps:
      - uses: actions/checkout{pin}
        with:
          persist-credentials: false
      - name: Build
        env:
          TAG: ${{{{ github.sha }}}}
        run: |
          docker build -t registry.example.com/shop/{name}:"$TAG" services/{name}
          docker push registry.example.com/shop/{name}:"$TAG"
"""


def write_corpus(folder: Path, kind: str, count: int, seed: int = 1) -> list[Path]:
    """Write ``count`` files of a kind below a folder, a hundred a folder; gives their paths."""
    dice = random.Random(f"{kind}-{seed}")
    paths = []
    for number in range(count):
        name = f"app-{number:05}"
        namespace = f"team-{number // 100:03}"
        path, text = _file_of(kind, number, name, namespace, dice)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        paths.append(target)
    return paths


def _file_of(kind: str, number: int, name: str, namespace: str, dice: random.Random) -> tuple[str, str]:
    if kind == "mixed":
        kind = ("dockerfile", "kubernetes", "kubernetes", "kubernetes", "workflow", "istio")[number % 6]
    if kind == "dockerfile":
        return f"services/{namespace}/{name}/Dockerfile", dockerfile(name, dice)
    if kind == "workflow":
        return f".github/workflows/{name}.yaml", workflow(name, dice)
    if kind == "istio":
        return f"mesh/{namespace}/{name}.yaml", routes(name, namespace)
    # Of four Kubernetes files one holds the Deployment, the others what belongs to it.
    name = f"app-{number // 4:05}"
    texts = (
        deployment(name, namespace, dice),
        service(name, namespace),
        config_map(name, namespace),
        autoscaler(name, namespace),
    )
    part = ("deployment", "service", "config", "hpa")[number % 4]
    return f"deploy/{namespace}/{name}-{part}.yaml", texts[number % 4]
