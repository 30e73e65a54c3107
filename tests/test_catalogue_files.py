"""Vendor files of the user: they override, and mistakes are named with file, line and key."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from classifiers.vendor_files import CatalogueError, cache_folder, read_folders, read_vendor
from classifiers.vendors import PACKAGED, Catalogue, packaged

GOOD = """\
id: acme
name: Acme Analytics
entity: {name: Acme Ltd, country: GB}
category: analytics
purpose: analytics
links: [https://docs.acme.example/]
cookies:
  - {name: _acme_*, lifetime: 2 years, party: first}
endpoints:
  - {id: hit, hosts: [acme.example], path: /hit, kind: collect, event: [page]}
"""


def _write(folder: Path, text: str, name: str = "acme") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_users_vendor_is_added_and_overrides_by_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged()
    cache = tmp_path / "cache"
    cache.mkdir()
    for file in cache_folder().glob("catalogue-*.json"):
        shutil.copy(file, cache)
    monkeypatch.setenv("CONSENTINEL_CACHE", str(cache))
    _write(tmp_path, GOOD)
    meta = (PACKAGED / "meta.yaml").read_text(encoding="utf-8")
    _write(tmp_path, meta.replace("name: Meta Pixel", "name: Our Pixel", 1), "meta")
    catalogue = Catalogue.load(tmp_path)
    found = catalogue.cookie("_acme_17", "shop.example")
    assert found is not None
    assert found.vendor.id == "acme"
    assert catalogue.vendors["meta"].name == "Our Pixel"
    assert len(catalogue.vendors) == len(packaged().vendors) + 1
    assert catalogue.digest != packaged().digest


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("2 years, party", "two years, party", 8, "cookies[0].lifetime: accepted:"),
        (
            "purpose: analytics",
            "purpose: spying",
            5,
            "purpose: 'spying' is not known; accepted: necessary, consent_record",
        ),
        ("party: first}", "party: first, colour: red}", 8, "cookies[0].colour: unknown key; accepted: "),
        ("path: /hit", "path: '/hit('", 10, "endpoints[0].path: is not a regular expression"),
        ("hosts: [acme.example]", "hosts: [Acme.example/x]", 10, "endpoints[0].hosts[0]: accepted: a lower-case host"),
        ("country: GB", "country: Britain", 3, "entity.country:"),
        ("name: Acme Analytics\n", "", 1, "name: this key is required and missing"),
        ("id: acme", "id: acne", 1, "id: `acne` is not the file's name"),
        ("{name: _acme_*", "{name: a, regex: b", 8, "cookies[0]: accepted: exactly one of"),
    ],
)
def test_mistake_is_named_with_file_line_and_key(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    path = _write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(CatalogueError) as caught:
        read_vendor(path)
    assert f"{path}:{line}: " in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"id: acme\n  name: [", ":2: "),
        (b"", "file:"),
        (b"- just\n- a list\n", "file:"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"id: acme\nid: acme\n", "duplicate key"),
    ],
)
def test_file_that_is_no_vendor_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "acme.yaml"
    path.write_bytes(data)
    with pytest.raises(CatalogueError, match=r"acme\.yaml") as caught:
        read_vendor(path)
    assert says in str(caught.value)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        read_vendor(tmp_path / "none.yaml")
    with pytest.raises(CatalogueError, match="is not a folder"):
        Catalogue.load(tmp_path / "none", cached=False)


def test_cache_gives_the_same_vendors_and_notices_changes(tmp_path: Path) -> None:
    vendors, cache = tmp_path / "vendors", tmp_path / "cache"
    vendors.mkdir()
    path = _write(vendors, GOOD)
    first, digest = read_folders([vendors], cache=cache)
    again, same_digest = read_folders([vendors], cache=cache)
    assert (first, digest) == (again, same_digest)
    path.write_text(GOOD.replace("Acme Analytics", "Acme Two"), encoding="utf-8")
    changed, other_digest = read_folders([vendors], cache=cache)
    assert changed["acme"].name == "Acme Two"
    assert other_digest != digest


def test_broken_cache_is_made_anew(tmp_path: Path) -> None:
    vendors, cache = tmp_path / "vendors", tmp_path / "cache"
    vendors.mkdir()
    _write(vendors, GOOD)
    first, _ = read_folders([vendors], cache=cache)
    for file in cache.iterdir():
        file.write_bytes(b'{"half": ')
    again, _ = read_folders([vendors], cache=cache)
    assert first == again


def test_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    vendors = tmp_path / "vendors"
    vendors.mkdir()
    _write(vendors, GOOD)
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    found, _ = read_folders([vendors], cache=blocked)
    assert set(found) == {"acme"}
