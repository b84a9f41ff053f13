"""Typed read-only views of files: Dockerfile stages, Kubernetes objects, workflows, Istio, Argo CD, serverless."""
