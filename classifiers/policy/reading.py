"""What a policy was found to say."""

from __future__ import annotations

from crawler.observations import Record


class Quote(Record):
    line: int
    text: str
    """Words of the policy, unchanged but for white space."""


class Statement(Record):
    """One kind of statement, found at one or more places."""

    key: str
    """`P-10` for a claim that can be held against observations; `purpose.security` for other facts."""
    title: str
    places: tuple[Quote, ...]

    @property
    def line(self) -> int:
        return self.places[0].line

    @property
    def quote(self) -> str:
        return self.places[0].text


class Contact(Record):
    address: str
    place: Quote
    for_rights: bool
    """Named where people are told how to exercise their rights."""


class DeadPromise(Record):
    place: Quote
    certain: bool
    """False: plain text was read, so the link may have been lost on the way."""


class Country(Record):
    code: str
    """ISO 3166-1 alpha-2."""
    place: Quote


class Tension(Record):
    """Two statements of the policy that pull apart, or one that lacks what it points to."""

    id: str
    lines: tuple[int, ...]
    says: str


class Silence(Record):
    """A topic on which the text contains no statement."""

    topic: str
    says: str


class PolicyReading(Record):
    file: str
    sha256: str
    """Of the file's bytes."""
    html: bool
    passages: int
    statements: tuple[Statement, ...] = ()
    effective_date: str | None = None
    effective_date_at: Quote | None = None
    countries: tuple[Country, ...] = ()
    countries_open_ended: bool = False
    contacts: tuple[Contact, ...] = ()
    dead_promises: tuple[DeadPromise, ...] = ()
    undefined_terms: tuple[Quote, ...] = ()
    defined_terms: tuple[Quote, ...] = ()
    controller: str | None = None
    """The name that the policy defines together with "we"."""
    named_parties: tuple[Quote, ...] = ()
    tensions: tuple[Tension, ...] = ()
    silences: tuple[Silence, ...] = ()
    claims_not_found: tuple[str, ...] = ()
    """Known kinds of claim that the text was not seen to make."""

    def statement(self, key: str) -> Statement | None:
        return next((found for found in self.statements if found.key == key), None)

    def lines(self, key: str) -> tuple[int, ...]:
        found = self.statement(key)
        return tuple(dict.fromkeys(place.line for place in found.places)) if found else ()

    def under(self, prefix: str) -> tuple[Statement, ...]:
        """Statements of one family: `under("purpose")`."""
        return tuple(found for found in self.statements if found.key.startswith(f"{prefix}."))
