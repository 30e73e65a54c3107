"""The digest of a page's words: what changes it, and what does not."""

from __future__ import annotations

from hashlib import sha256

import pytest

from crawler.page_text import text_digest

WORDS = "<h1>Cookies</h1><p>We keep <b>two</b> cookies.</p>"


def test_it_is_made_as_documented() -> None:
    assert text_digest(WORDS) == sha256(b"cookieswekeeptwocookies.").hexdigest()


@pytest.mark.parametrize(
    "same",
    [
        "<!doctype html><html><head><title>(3) Policy</title></head><body>" + WORDS + "</body></html>",
        "<div class=a>\n <div>COOKIES</div>\n</div><section>We  keep\n<i>two</i>\u00a0coo\u00adkies.</section>",
        WORDS + "<script nonce=abc>let words = 'no words'</script><style>p{}</style>",
        WORDS + "<noscript>Turn scripts on</noscript><template><p>Later</p></template><!-- build 7 -->",
        WORDS + "<div hidden>Welcome back <p hidden>twice</p></div><dialog>Subscribe!</dialog>",
        WORDS + "<p style='color: red; DISPLAY : none'>Not shown</p><p style='visibility:hidden'>nor this</p>",
        WORDS + "<iframe src=/a>no frames</iframe><svg><title>logo</title></svg><textarea>typed</textarea>",
        "<p>Cookies<p>We keep two cookies.",
    ],
)
def test_markup_is_of_no_account(same: str) -> None:
    assert text_digest(same) == text_digest(WORDS)


@pytest.mark.parametrize(
    "other",
    [
        WORDS.replace("two", "three"),
        WORDS + "<p>Some are sold.</p>",
        WORDS + "<dialog open>Now shown.</dialog>",
        WORDS + "<details><summary>More</summary>Behind a click.</details>",
        WORDS + "<p hidden=until-found>Found by searching.</p>",
        WORDS + "<p style='text-display: none-at-all'>Shown.</p>",
        "<p>We keep two cookies.</p><h1>Cookies</h1>",
    ],
)
def test_words_and_their_order_are(other: str) -> None:
    assert text_digest(other) != text_digest(WORDS)


@pytest.mark.parametrize("empty", ["", "<p> \n</p>", "<script>a()</script>", "<div hidden>gone</div>"])
def test_a_page_without_a_word_has_none(empty: str) -> None:
    assert text_digest(empty) is None


def test_letters_outside_unicode_text_do_not_stop_it() -> None:
    assert text_digest("<p>a\ud800b</p>") is not None


def test_deep_markup_is_read_to_its_end() -> None:
    deep = "<div>" * 3000 + "word" + "</div>" * 3000
    assert text_digest(deep) == text_digest("<p>word</p>")
