"""Ways to tell somebody: every channel that exists, in an explicit tuple."""

from __future__ import annotations

from consentinel.watch.channels.base import Channel
from consentinel.watch.channels.mail import Mail
from consentinel.watch.channels.slack import Slack
from consentinel.watch.channels.webhook import Webhook

CHANNELS: tuple[type[Channel], ...] = (Webhook, Slack, Mail)
