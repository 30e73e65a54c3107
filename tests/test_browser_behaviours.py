"""Reads that fingerprint and listeners that record: told with their numbers, by script, and only where they are met."""

from __future__ import annotations

import pytest

from crawler.observations import BehaviourSighting
from tests.conftest import Auditor
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
