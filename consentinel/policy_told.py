"""What a policy was found to say, told on the terminal."""

from __future__ import annotations

from classifiers.policy.reading import PolicyReading
from consentinel.terminal import out


def tell(reading: PolicyReading) -> None:
    def line(text: str) -> None:
        out.print(text, markup=False, soft_wrap=True)

    out.print("[bold]It states[/]")
    for statement in reading.statements:
        line(f"  {statement.key:<28} L{statement.line:<5} {statement.title}: “{statement.quote}”")
    for heading, told in (
        ("Effective date", [reading.effective_date] if reading.effective_date else []),
        ("Countries", [f"{country.code} L{country.place.line}" for country in reading.countries]),
        ("Addresses", [f"{contact.address} L{contact.place.line}" for contact in reading.contacts]),
        ("Third parties named", [f"{name.text} L{name.line}" for name in reading.named_parties]),
        ("Names without a definition", [f"{term.text} L{term.line}" for term in reading.undefined_terms]),
        (
            "Links promised and not there",
            [
                f"L{promise.place.line} “{promise.place.text}”"
                + ("" if promise.certain else " (plain text: the link may have been lost; look at the page)")
                for promise in reading.dead_promises
            ],
        ),
        ("Statements that pull apart", [f"{t.id} L{', '.join(map(str, t.lines))}: {t.says}" for t in reading.tensions]),
        ("Silent about", [silence.says for silence in reading.silences]),
    ):
        if told:
            out.print(f"[bold]{heading}[/]")
            for text in told:
                line(f"  {text}")
    claims = sum(statement.key.startswith("P-") for statement in reading.statements)
    line(f"{claims} kinds of claim found; not found: {', '.join(reading.claims_not_found) or 'none'}.")
