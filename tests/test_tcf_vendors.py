"""Whose number in the TCF vendor list a recipient has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import classifiers
from classifiers.entities import company_key
from classifiers.lists.formats import tcf_vendors_of
from classifiers.lists.loaded import Lists
from classifiers.lists.records import ListError, known_lists
from classifiers.lists.shelf import Shelf
from classifiers.lists.update import update_from
from classifiers.tcf_vendors import TcfVendors
from classifiers.vendors import Catalogue
from tests.test_lists import FIXTURES

FILE = FIXTURES / "vendor-list.json"
CATALOGUE = Path(classifiers.__file__).parent / "catalogue"


@pytest.fixture(scope="module")
def vendors() -> TcfVendors:
    return TcfVendors.of([tcf_vendors_of(FILE.name, FILE.read_bytes())])


@pytest.mark.parametrize(
    ("companies", "domain", "number", "found"),
    [
        (("AdCo Holdings Ltd",), "elsewhere.example", None, 2),
        (("Nimbus Media",), "elsewhere.example", None, 3),
        ((), "adco.example", None, 2),
        ((), "cloudauctions.example", None, 5),
        ((), "terms.example", None, None),
        (("Old Exchange",), "oldexchange.example", None, None),
        (("AdCo Holdings",), "adco.example", 3, 3),
        (("AdCo Holdings",), "adco.example", 999, None),
    ],
    ids=[
        "company",
        "legal form",
        "policy",
        "disclosure",
        "shared place",
        "left the TCF",
        "catalogue",
        "not in the list",
    ],
)
def test_a_recipient_is_found_by_number_company_or_domain(
    vendors: TcfVendors, companies: tuple[str, ...], domain: str, number: int | None, found: int | None
) -> None:
    vendor = vendors.find(number=number, companies=companies, domain=domain)
    assert (vendor.id if vendor else None) == found


def test_a_fetched_list_is_used_and_an_absent_one_is_told_apart_from_an_empty_answer(tmp_path: Path) -> None:
    assert Lists().tcf_vendors is None
    shelf = Shelf(tmp_path, assets=None)
    known = next(one for one in known_lists() if one.id == "tcf_vendors")
    made = update_from(known, shelf, folder=FIXTURES)
    assert made is not None
    assert made.version is not None
    assert made.version.version == "2026-11-19T16:00:27Z"
    assert Lists(shelf).tcf_vendors is not None


def test_what_is_no_vendor_list_is_refused() -> None:
    with pytest.raises(ListError, match=r"vendor-list\.json: vendors"):
        tcf_vendors_of("vendor-list.json", b'{"vendorListVersion": 1}')


def test_a_number_of_the_catalogue_is_one_company_s() -> None:
    numbered = [vendor for vendor in Catalogue.load().vendors.values() if vendor.tcf_id is not None]
    assert numbered
    companies: dict[int, set[str]] = {}
    for vendor in numbered:
        assert vendor.entity is not None, f"{vendor.id}: only companies join the TCF"
        companies.setdefault(vendor.tcf_id or 0, set()).add(company_key(vendor.entity.name))
    assert {number: names for number, names in companies.items() if len(names) > 1} == {}
    by_company = [(company_key(one.entity.name), one.tcf_id) for one in numbered if one.entity]
    assert len(dict(by_company)) == len(set(by_company)), "a company with two numbers: which recipient is which?"


def test_a_number_of_the_catalogue_says_by_which_version_of_the_list_it_was_checked() -> None:
    lines = [
        (file.name, line)
        for file in sorted(CATALOGUE.glob("*.yaml"))
        for line in file.read_text("utf-8").splitlines()
        if line.startswith("tcf_id:")
    ]
    assert lines
    assert [pair for pair in lines if not re.fullmatch(r"tcf_id: [1-9]\d*  # .+: vendor list 3, version \d+ of [\d-]+", pair[1])] == []  # fmt: skip  # noqa: E501
