"""Which deliveries of a tenant's jobs share their places."""

from gateway.webhooks.callbacks import lane_of


def test_a_tenant_has_few_lanes_however_many_hosts_its_jobs_name() -> None:
    lanes = {lane_of("acme", f"host{number}.example", 443) for number in range(40_000)}
    assert len(lanes) == 64


def test_a_lane_is_the_same_wherever_it_is_asked_for_and_another_for_another_port_or_tenant() -> None:
    assert lane_of("acme", "hooks.example.com", 8443) == "callback/acme/22"
    assert lane_of("acme", "hooks.example.com", 443) != "callback/acme/22"
    assert lane_of("beta", "hooks.example.com", 8443) == "callback/beta/22"
