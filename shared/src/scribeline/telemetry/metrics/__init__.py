"""Every metric of every service, one file for each subject, by Prometheus' naming conventions.

Labels are bounded: `family.py` makes every metric, and none without the values that its labels may take.
Never a job, a tenant or a file name. A service shows what it imports, so that it has no zeros of others'
work; docs/metrics.md is made of all of them.
"""
