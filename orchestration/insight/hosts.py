"""Registered domains of hosts: `shop.example.co.uk` belongs to `example.co.uk`.

Which endings the public may register under (`co.uk`, `github.io`) is the public suffix list; the
library tldextract ships it, and nothing is fetched.
"""

from __future__ import annotations

import ipaddress

import pyarrow as pa
import tldextract

_SCHEMA = pa.schema([("host", pa.string()), ("registered_domain", pa.string())])
_extract = tldextract.TLDExtract(
    cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True
)


def registered(hosts: pa.Table) -> pa.Table:
    """Return each host once, with its registered domain.

    Args:
        hosts: Any columns of hosts; null is left out.

    Returns:
        One row per host: ``host`` and ``registered_domain``, which is the host itself where no
        domain can be registered (an IP address, a name in a company's own network).
    """
    found = sorted({value for column in hosts.columns for value in column.to_pylist() if value})
    return pa.table(
        {
            "host": found,
            "registered_domain": [_registered(host) for host in found],
        },
        schema=_SCHEMA,
    )


def _registered(host: str) -> str:
    if found := _extract(host).top_domain_under_public_suffix:
        return found
    # the list's own rule for an ending that it does not know
    return host if _is_address(host) else ".".join(host.split(".")[-2:])


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
