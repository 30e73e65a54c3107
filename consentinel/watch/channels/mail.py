"""E-mail over SMTP. The Message-ID is made of the key: mail systems drop a second copy by it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import Self

from consentinel.watch.channels.base import CAP, Channel, DeliveryError, secret
from consentinel.watch.messages import Message
from consentinel.watch.sections import MailTarget, NotifySection


class Mail(Channel):
    kind = "mail"
    repeatable = True

    def __init__(self, target: MailTarget, *, user: str | None, password: str | None) -> None:
        super().__init__(target)
        self._target = target
        self._user = user
        self._password = password

    @classmethod
    def configured(cls, section: NotifySection, environment: Mapping[str, str]) -> Iterator[Self]:
        for target in section.mail:
            user = secret(target.user_env, environment) if target.user_env else None
            password = secret(target.password_env, environment) if target.password_env else None
            yield cls(target, user=user, password=password)

    def send(self, message: Message, *, key: str) -> None:
        target = self._target
        try:
            with self._connected() as server:
                if target.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if self._user is not None:
                    server.login(self._user, self._password or "")
                refused = server.send_message(letter(message, target, key=key))
        except smtplib.SMTPRecipientsRefused as error:
            passing = all(code < 500 for code, _ in error.recipients.values())
            raise DeliveryError(f"{target.host}: no recipient was taken", again=passing) from error
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(f"{target.host} answered {error.smtp_code}", again=error.smtp_code < 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(f"{target.host}: {error}", again=False) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(f"{target.host}: {error or type(error).__name__}", again=True) from error
        if refused:
            # Whoever took it has it: another try would tell them twice.
            raise DeliveryError(f"{target.host}: refused for {', '.join(sorted(refused))}", again=False)

    def _connected(self) -> smtplib.SMTP:
        target = self._target
        if target.security == "tls":
            return smtplib.SMTP_SSL(target.host, target.port, timeout=CAP, context=ssl.create_default_context())
        return smtplib.SMTP(target.host, target.port, timeout=CAP)


def letter(message: Message, target: MailTarget, *, key: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = message.title
    mail["From"] = target.sender
    mail["To"] = ", ".join(target.to)
    mail["Date"] = formatdate(message.change.at.timestamp())
    mail["Message-ID"] = f"<{key}@{target.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.set_content(message.body + "\n")
    return mail
