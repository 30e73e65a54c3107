"""What may be asked of name servers, apart from the asking: configurations are read far more often."""

from __future__ import annotations

import ipaddress

from pydantic import Field, field_validator

from crawler.observations import Record


class LookupSettings(Record):
    """How CNAME chains are looked up: the section `dns` of consentinel.yaml."""

    cname: bool = Field(True, description="Look up where first-party-looking hosts lead; false: ask no name server.")
    resolvers: tuple[str, ...] = Field((), description="Addresses of name servers, `1.1.1.1` or `::1`; empty: yours.")
    port: int = Field(53, ge=1, le=65535, description="Port of the name servers.")
    timeout: float = Field(3.0, gt=0, description="Seconds for one host, with all retries.")
    most: int = Field(500, ge=0, description="Hosts looked up at most in one scan.")

    @field_validator("resolvers")
    @classmethod
    def _addresses(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for resolver in given:
            ipaddress.ip_address(resolver)
        return given
