"""The demo's parts agree: manifests, lock file, declaration, vendor catalogue, sitemap and policy page."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest

from classifiers.declaration import Declaration, read_declaration
from classifiers.vendors import Catalogue
from tests.manifests import CookieItem, RequestItem, StorageItem
from tests.site_server import SITES
from tests.truth import Done, RequestKey, Truth, site_of

FIXTURES = SITES.parent
TRUTH = Truth.load()


@pytest.fixture(scope="module")
def declaration() -> Declaration:
    return read_declaration(FIXTURES / "declarations" / "business-services.yaml")


def test_lock_file_lists_exactly_what_the_manifests_call_declared(declaration: Declaration) -> None:
    listed = {(item.technology.value, item.name): (item.category, item.lifetime) for item in declaration.items}
    declared = {}
    for manifest in TRUTH.manifests.values():
        for item in manifest.items.values():
            if item.declared:
                name = (
                    item.path
                    if isinstance(item, RequestItem)
                    else item.name
                    if isinstance(item, CookieItem)
                    else item.key
                )
                technology = "http_cookie" if isinstance(item, CookieItem) else "beacon"
                if isinstance(item, StorageItem):
                    name = item.container or name
                    technology = "html5_local_storage" if item.area == "local_storage" else item.area.value
                declared[technology, name] = (item.declared.category, item.declared.lifetime)
    assert listed == declared


def test_declaration_was_made_from_the_policy_page_as_it_is(declaration: Declaration) -> None:
    assert declaration.source is not None
    assert declaration.source.file is not None
    policy = FIXTURES / "declarations" / declaration.source.file
    assert hashlib.sha256(policy.read_bytes()).hexdigest() == declaration.source.sha256
    lines = policy.read_text().splitlines()
    for claim in declaration.claims:
        assert claim.line is not None
        assert " ".join(claim.quote.split()) in " ".join(lines[claim.line - 1 : claim.line + 2]), claim.id
    assert all(len(lines) >= line for category in declaration.categories for line in category.lines)


def test_declaration_has_the_nine_categories_and_the_manifests_classes_of_recipients(declaration: Declaration) -> None:
    assert [category.id for category in declaration.categories] == [
        "sign_in", "service_operation", "security", "usage_analytics", "ad_frequency", "relevant_content_and_ads",
        "third_party_content", "preferences_and_activity", "email_engagement",
    ]  # fmt: skip
    classes = {entity: recipient.id for recipient in declaration.recipients for entity in recipient.entities}
    vendors = [manifest.vendor for manifest in TRUTH.manifests.values() if manifest.vendor]
    assert classes == {vendor.entity: vendor.recipient for vendor in vendors if vendor.recipient}


def test_catalogue_says_the_same_of_each_vendor_as_its_manifest() -> None:
    catalogue = Catalogue.load(FIXTURES / "catalogue")
    for host, manifest in TRUTH.manifests.items():
        if manifest.vendor is None:
            continue
        vendor = catalogue.vendors[manifest.vendor.id]
        assert vendor.entity is not None
        assert (vendor.name, vendor.entity.name, vendor.entity.country, vendor.purpose) == (
            manifest.vendor.title, manifest.vendor.entity, manifest.vendor.country, manifest.vendor.purpose,
        )  # fmt: skip
        assert catalogue.owner(host) == vendor
        for item in manifest.items.values():
            if isinstance(item, CookieItem):
                known = catalogue.cookie(item.name, host)
                assert known is not None
                assert known.vendor == vendor
            elif isinstance(item, StorageItem):
                assert any(entry.name in (item.key, (item.container or "").split("/")[0]) for entry in vendor.storage)


def test_nothing_in_a_manifest_is_idle() -> None:
    done = {id(deed.item) for page in TRUTH.pages for scenario in ("silent", "accept", "reject")
            for deed in TRUTH.deeds(page, scenario)}  # fmt: skip
    idle = [f"{host} {name}" for host, manifest in TRUTH.manifests.items() for name, item in manifest.items.items()
            if id(item) not in done]  # fmt: skip
    assert idle == []


def test_every_site_page_is_linked_from_every_other() -> None:
    for page in TRUTH.pages:
        text = (SITES / page.host / page.path.strip("/") / "index.html").read_text()
        linked = set(re.findall(r"\{\{origin:([\w.-]+)\}\}(/[\w/-]*)\"", text))
        assert linked >= {(other.host, other.path) for other in TRUTH.pages}, page


def test_sitemap_lists_the_pages_of_the_corporate_site() -> None:
    sitemap = (SITES / "www.business.localhost" / "sitemap.xml").read_text()
    here = {page.path for page in TRUTH.pages if page.host == "www.business.localhost"}
    assert set(re.findall(r"localhost\}\}(/[^<]*)<", sitemap)) == here


def test_third_parties_are_other_sites_than_the_demos() -> None:
    vendors = [host for host, manifest in TRUTH.manifests.items() if manifest.role == "vendor"]
    assert len({site_of(host) for host in vendors}) == len(vendors) >= 8
    assert "business.localhost" not in {site_of(host) for host in vendors}


def test_differences_name_what_is_missing_and_what_is_extra() -> None:
    page = TRUTH.pages[0]
    done = TRUTH.done(page, "accept")
    assert done.differences(done) == []
    twice = Counter(done.requests)
    key = next(iter(twice))
    twice[key] += 1
    twice[RequestKey("open", "GET", "nowhere.localhost", "/", "image", 200)] = 1
    assert sorted(line.split()[0] for line in done.differences(Done(twice, done.cookies, Counter()))) == (
        ["extra", "extra"] + ["missing"] * len(done.storage)
    )
