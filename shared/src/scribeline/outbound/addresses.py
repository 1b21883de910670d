"""Which IP addresses are on the public internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

NO_HOST = tuple(
    map(
        IPv4Network,
        (
            "192.0.0.0/24",  # protocols, and a cloud's metadata (192.0.0.192); Python calls part of it global
            "192.88.99.0/24",  # what was the nearest 6to4 relay
            "224.0.0.0/4",  # multicast
            "168.63.129.16/32",  # within Azure, the host of the machine itself
        ),
    )
)
"""Beside what Python's `is_global` knows of IANA's registry of special addresses (RFC 6890)."""
ALLOCATED = IPv6Network("2000::/3")
"""All that was ever given out of IPv6; what is local, mapped, multicast or site-local lies elsewhere."""
NO_HOST_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols: Teredo, which wraps IPv4, and benchmarks among them
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which wraps IPv4
            "3fff::/20",  # documentation
        ),
    )
)
WRAPPED = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv4 behind IPv6: mapped, and by the well-known prefix of NAT64, which networks without IPv4 resolve to."""


def is_public(address: Address) -> bool:
    """Whether it may be one host on the internet."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in NO_HOST)
    if any(address in network for network in WRAPPED):
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in ALLOCATED and not any(address in network for network in NO_HOST_6)
