"""An address that the crawler types, in whatever form it leaves; and the profile in which it all begins."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from crawler.browser.values import Digester, shape_of
from crawler.observations import CarriedForm
from crawler.settings import VisitSettings
from crawler.visits import PROFILE_AT_START, TYPED_ADDRESS, Visit
from tests.conftest import FAST, Auditor
from tests.page_server import GIF, Page, PageServer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ADDRESS = "Visitor.One@example.com"
PAGE = """<!doctype html><title>Join</title>
<form action="/join"><label>E-mail <input type="email" name="contact"></label><button>Join</button></form>
<script>
  const field = document.querySelector('input');
  const hash = async (name) => [...new Uint8Array(await crypto.subtle.digest(name,
    new TextEncoder().encode(field.value.toLowerCase())))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  field.onchange = async () => {
    new Image().src = `/p.gif?plain=${encodeURIComponent(field.value)}&one=${await hash('SHA-1')}`
      + `&em=tv.1~em.${await hash('SHA-256')}&coded=${encodeURIComponent(btoa(field.value))}`;
  };
</script>"""


def facts(visit: Visit) -> dict[str, str]:
    return {fact.name: fact.value for fact in visit.facts}


@pytest.mark.browser
def test_a_typed_address_is_known_in_every_form_and_the_form_is_not_sent_off(
    audited: Auditor, pages: PageServer
) -> None:
    pages.page("shop", "/", PAGE)
    pages.page("shop", "/p.gif", Page(GIF, type="image/gif"))
    settings = FAST.model_copy(update={"typed_address": ADDRESS})
    visit = audited.visit(pages.url("shop"), settings=settings).visit
    typed = facts(visit)[TYPED_ADDRESS]
    (sent,) = [request for request in visit.requests if "/p.gif" in request.url]
    forms = {one.name: one.form for one in sent.carries or () if one.token == typed}
    assert forms == {
        "plain": CarriedForm.PLAIN,
        "one": CarriedForm.SHA1,
        "em": CarriedForm.SHA256,
        "coded": CarriedForm.BASE64,
    }
    assert not [request for request in visit.requests if "/join" in request.url]
    assert ADDRESS not in "".join(facts(visit).values())


@pytest.mark.browser
def test_nothing_is_typed_unless_an_address_is_given_and_each_profile_begins_empty(
    audited: Auditor, pages: PageServer
) -> None:
    pages.page("shop", "/", PAGE.replace("field.onchange", "document.cookie = 'mark=1; max-age=999'; field.onchange"))
    for visit in (audited.visit(pages.url("shop")).visit for _ in range(2)):
        assert TYPED_ADDRESS not in facts(visit)
        assert facts(visit)[PROFILE_AT_START] == "empty"
        assert not [request for request in visit.requests if "/p.gif" in request.url]


def test_what_is_no_address_is_not_typed() -> None:
    with pytest.raises(ValidationError, match="typed_address"):
        VisitSettings(typed_address="visitor")


def test_an_address_is_told_by_its_digest_whatever_its_case() -> None:
    digester = Digester(key=b"k", keep_values=False, now=NOW)
    assert digester.typed("no address") is None
    assert digester.typed(ADDRESS) == digester.typed(f" {ADDRESS.lower()} ")
    assert digester.addresses_in("mail=other@example.com") == ()
    assert digester.addresses_in(f"mailto:{ADDRESS.upper()}") == tuple(digester.addresses)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("ada@example.com", "email"),
        ('{"user": {"mail": "ada@example.com"}}', "email"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.c2ln", "email"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxNyJ9.c2ln", "jwt"),
        ('{"at": "home@7"}', "json"),
    ],
)
def test_a_value_that_holds_an_address_is_told_as_one(text: str, shape: str) -> None:
    assert shape_of(text, now=NOW) == shape
