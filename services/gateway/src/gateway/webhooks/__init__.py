"""Webhooks and their deliveries, as tenants make, read and change them; the notifier sends."""
