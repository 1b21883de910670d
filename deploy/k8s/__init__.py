"""Kubernetes manifests, and what holds them (`deploy.k8s.check`)."""
