"""How programs complain that they cannot reach a network."""

from typing import Final

NO_NETWORK: Final = (
    r"Network is unreachable|Name or service not known|name resolution|getaddrinfo failed|No address associated"
)
"""A pattern."""
