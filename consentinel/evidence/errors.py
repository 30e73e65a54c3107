"""What a person can put right about a pack."""

from __future__ import annotations


class PackError(Exception):
    """The pack cannot be written, read or judged; the message is a sentence with place and fix."""
