"""Whose is it: registrable domains, parties, and no network for any of it."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.base import Party
from classifiers.parties import covers, host_of, is_loopback, party, registrable_domain, same_site


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("shop.business.localhost", "business.localhost"),
        ("http://shop.business.localhost:8080/x", "business.localhost"),
        ("business.localhost", "business.localhost"),
        ("www.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("a.github.io", "a.github.io"),
        ("x.a.github.io", "a.github.io"),
        ("a.b.c.unknown", "c.unknown"),
        ("EXAMPLE.com.", "example.com"),
        ("localhost:8080", "localhost"),
        ("intranet", "intranet"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("http://[::1]:8080/", "::1"),
        ("::1", "::1"),
        ("data:image/png;base64,AAAA", ""),
        ("about:blank", ""),
        ("blob:https://a.example.com/0f", "example.com"),
        ("wss://live.example.com/s", "example.com"),
        ("http://bad[host/", ""),
    ],
)
def test_registrable_domain(given_: str, expected: str) -> None:
    assert registrable_domain(given_) == expected


@given(st.text(max_size=60))
def test_any_text_has_a_host_or_none(text: str) -> None:
    assert registrable_domain(registrable_domain(text)) == registrable_domain(text) or not host_of(text)


def test_no_network_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert registrable_domain("never.seen.before.example.com.au") == "example.com.au"


def test_parties() -> None:
    page = "https://www.shop.example/basket"
    assert party("img.shop.example", page=page) is Party.FIRST
    assert party("shop-cdn.example", page=page) is Party.THIRD
    assert party("a.shop-cdn.example", page=page, affiliates=("shop-cdn.example",)) is Party.SAME_ENTITY
    assert party("", page=page) is Party.FIRST
    assert party("alice.github.io", page="https://bob.github.io/") is Party.THIRD


def test_a_domain_covers_its_sub_domains_only() -> None:
    assert covers("example.com", "a.example.com")
    assert covers("*", "anything.example")
    assert covers("*.example.com", "a.example.com")
    assert not covers("example.com", "notexample.com")
    assert same_site("https://a.example.com/x", "b.example.com")


@pytest.mark.parametrize(
    ("host", "loops"),
    [
        ("http://a.localhost:1/", True),
        ("localhost", True),
        ("127.9.9.9", True),
        ("[::1]:80", True),
        ("10.0.0.1", False),
    ],
)
def test_loopback(host: str, *, loops: bool) -> None:
    assert is_loopback(host) is loops
