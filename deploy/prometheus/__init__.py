"""Prometheus: its configuration, its rules and what checks them. Python is here for the checks only."""
