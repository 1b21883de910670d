"""Our rules for manifests, by name. Each yields sentences about objects; `policy` asks them all.

They stand here because what they hold is ours: deadlines of our units, our settings, our queues, who of us
reaches whom. What operators check besides (kube-linter, Polaris, Kyverno) reads the same YAML.
"""
