"""Reads that fingerprint and listeners that record: told with their numbers, by script, and only where they are met."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.observations import BehaviourSighting
from crawler.visits import Visit
from tests.conftest import FAST, Auditor
from tests.page_server import Page, PageServer

FINGERPRINT = """
const canvas = document.createElement('canvas'); canvas.width = 240; canvas.height = 60;
const context = canvas.getContext('2d');
context.fillStyle = '#f60'; context.fillRect(0, 0, 9, 9); context.fillStyle = '#069';
context.fillText('Cwm fjordbank glyphs', 2, 15); canvas.toDataURL();
const picture = document.createElement('canvas').getContext('2d');
for (let i = 0; i < 70; i += 1) { picture.font = `72px font${i}, serif`; picture.measureText('mmm'); }
"""
ORDINARY = """
const canvas = document.createElement('canvas'); canvas.width = 240; canvas.height = 60;
const context = canvas.getContext('2d');
context.save(); context.fillStyle = 'red'; context.fillText('A chart with many letters', 2, 15);
context.fillStyle = 'blue'; context.restore(); canvas.toDataURL();
const small = document.createElement('canvas'); small.width = 8; small.height = 8;
const emoji = small.getContext('2d'); emoji.fillStyle = 'red'; emoji.fillStyle = 'blue'; small.toDataURL();
const resized = document.createElement('canvas'); resized.getContext('2d').drawImage(canvas, 0, 0); resized.toDataURL();
for (let i = 0; i < 70; i += 1) { context.font = '12px serif'; context.measureText('mmm'); }
void [navigator.userAgent, navigator.language, screen.width, screen.height, screen.colorDepth, navigator.cookieEnabled];
document.addEventListener('click', () => {}); document.addEventListener('scroll', () => {});
navigator.userAgentData && navigator.userAgentData.getHighEntropyValues(['mobile']);
"""
PEERS = """
const peer = new RTCPeerConnection({ iceServers: [{ urls: ['stun:stun.third.test:3478'] }] });
peer.createDataChannel(''); peer.createOffer().then((offer) => peer.setLocalDescription(offer));
"""
RECORDER = """
new MutationObserver(() => {}).observe(document, { subtree: true, childList: true, attributes: true });
for (const type of ['mousemove', 'scroll', 'change', 'click']) addEventListener(type, () => {}, true);
document.querySelector('input').addEventListener('keydown', () => {});
"""


def details(behaviour: BehaviourSighting) -> dict[str, str]:
    return {entry.name: entry.value for entry in behaviour.detail}


def script(body: str) -> Page:
    return Page(f"(() => {{ {body} }})();", "text/javascript")


@pytest.mark.browser
def test_behaviours_are_told_by_script_with_their_numbers(audited: Auditor, pages: PageServer) -> None:
    names = ("fingerprint", "ordinary", "peers", "recorder")
    tags = "".join(f"<script src='http://third.localhost:PORT/{name}.js'></script>" for name in names)
    pages.page("site", "/", f"<!doctype html><input type=email>{tags}")
    for name, body in zip(names, (FINGERPRINT, ORDINARY, PEERS, RECORDER), strict=True):
        pages.page("third", f"/{name}.js", script(body))
    visit = audited.visit(pages.url("site")).visit
    assert visit.problems == ()
    told = {
        (one.initiator.url.rsplit("/", 1)[-1] if one.initiator and one.initiator.url else "", one.behaviour): details(
            one
        )
        for one in visit.behaviours
    }
    assert set(told) == {
        ("fingerprint.js", "canvas_fingerprint"),
        ("fingerprint.js", "font_fingerprint"),
        ("peers.js", "webrtc_candidates"),
        ("recorder.js", "session_recording"),
        ("recorder.js", "keystroke_listener"),
    }
    canvas = told["fingerprint.js", "canvas_fingerprint"]
    assert (canvas["read by"], canvas["size"], canvas["colours"]) == ("toDataURL", "240×60", "2")
    assert int(canvas["distinct characters"]) == len(set("Cwm fjordbank glyphs"))
    assert int(told["fingerprint.js", "font_fingerprint"]["fonts"]) >= 50
    assert told["peers.js", "webrtc_candidates"]["servers"] == "stun:stun.third.test:3478"
    assert told["recorder.js", "keystroke_listener"] == {"events": "keydown", "on": "input[type=email]"}
    assert told["recorder.js", "session_recording"]["events"] == "change click mousemove scroll"


# --- libraries as they are

PACKAGES = Path(__file__).parent.parent / "node_modules"
ADDRESS = "canary@example.com"
HOLD = """let held = true; const hold = () => fetch('/wait').then(() => { if (held) hold(); }); hold();"""
"""A page is done when nothing is under way; what a library computes shows in no request."""


def library(pages: PageServer, bundle: str, then: str) -> None:
    pages.page(
        "site", "/", f"<!doctype html><body><p>Text</p><script src=/lib.js></script><script>{HOLD}{then}</script>"
    )
    pages.page("site", "/lib.js", Page((PACKAGES / bundle).read_bytes(), "text/javascript"))
    pages.page("site", "/wait", Page("on"))


def by_name(visit: Visit, script: str) -> dict[str, dict[str, str]]:
    mine = [one for one in visit.behaviours if one.initiator and (one.initiator.url or "").endswith(script)]
    return {one.behaviour: details(one) for one in mine}


@pytest.mark.browser
def test_a_fingerprint_library_is_known_by_what_it_reads(audited: Auditor, pages: PageServer) -> None:
    get = "FingerprintJS.load({ monitoring: false }).then((one) => one.get()).finally(() => { held = false; });"
    library(pages, "@fingerprintjs/fingerprintjs/dist/fp.umd.min.js", get)
    told = by_name(audited.visit(pages.url("site")).visit, "/lib.js")
    assert set(told) == {
        "canvas_fingerprint",
        "webgl_fingerprint",
        "audio_fingerprint",
        "font_fingerprint",
        "client_hints",
        "navigator_reads",
    }
    assert told["canvas_fingerprint"]["size"] == "240×60"
    assert told["audio_fingerprint"]["compressors"] == "1"
    assert told["webgl_fingerprint"]["unmasked"] == "UNMASKED_RENDERER UNMASKED_VENDOR"
    assert told["font_fingerprint"]["read by"] in ("offsetWidth", "offsetHeight")
    assert int(told["font_fingerprint"]["fonts"]) >= 30


@pytest.mark.browser
def test_a_session_recorder_is_known_by_what_it_listens_to_and_its_batches(audited: Auditor, pages: PageServer) -> None:
    record = """const kept = []; let sent = 0;
    rrweb.record({ emit(event) { kept.push(event); if (kept.length >= 2) {
      navigator.sendBeacon('http://third.localhost:PORT/batch', JSON.stringify(kept.splice(0))); sent += 1; } } });
    const add = () => {
      document.body.append(document.createElement('hr'));
      if (sent < 3) setTimeout(add, 60); else held = false;
    };
    add();"""
    library(pages, "rrweb/umd/rrweb.min.js", record)
    told = by_name(audited.visit(pages.url("site")).visit, "/lib.js")["session_recording"]
    assert told["document observers"] == "1"
    assert int(told["sent"].split()[0]) >= 2
    assert told["to"] == f"third.localhost:{pages.port}"


# --- typed, and never submitted

READER = """const field = document.querySelector('input'); let typed = '';
field.addEventListener('keydown', (event) => { typed += event.key; });
const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, '0')).join('');
field.addEventListener('blur', async () => {
  const hashed = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(field.value.trim().toLowerCase()));
  fetch('http://third.localhost:PORT/match?em=' + hex(hashed), { mode: 'no-cors' });
  const batch = new Blob([JSON.stringify([{ data: { text: field.value } }])]);
  const packed = batch.stream().pipeThrough(new CompressionStream('gzip'));
  const body = new Uint8Array(await new Response(packed).arrayBuffer());
  fetch('http://third.localhost:PORT/batch', { mode: 'no-cors', method: 'POST', body });
});"""
FORM = "<!doctype html><form action=/submitted><input type=email name=mail></form><script src=/read.js></script>"


@pytest.mark.browser
def test_a_typed_address_that_leaves_without_being_submitted_is_told(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", FORM)
    pages.page("site", "/read.js", script(READER))
    typing = FAST.model_copy(update={"typed_address": ADDRESS})
    visit = audited.visit(pages.url("site"), settings=typing).visit
    told = by_name(visit, "/read.js")
    assert told["keystroke_listener"]["on"] == "input[type=email]"
    leak = told["typed_text_sent"]
    assert leak["to"] == f"third.localhost:{pages.port}"
    assert leak["as"] == "plain sha256"
    assert leak["in"] == "body [0].data.text query em"
    assert leak["listens to keys"] == "yes"
    assert not [got for got in pages.got if "submitted" in got.path]


@pytest.mark.browser
def test_what_was_typed_and_stays_is_not_told(audited: Auditor, pages: PageServer) -> None:
    pages.page("site", "/", FORM)
    pages.page("site", "/read.js", script("fetch('/other?mail=someone%40example.com')"))
    typing = FAST.model_copy(update={"typed_address": ADDRESS})
    visit = audited.visit(pages.url("site"), settings=typing).visit
    assert "typed_text_sent" not in {one.behaviour for one in visit.behaviours}
