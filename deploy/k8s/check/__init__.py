"""Holds the manifests against Kubernetes' and KEDA's schemas and against our own rules, without a cluster."""
