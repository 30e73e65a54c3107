"""Samples of e-mails in a pack: what was read of them, and the messages themselves only where that was asked for.

A sample is a letter to somebody: its head names the recipient, and the addresses of its pictures may open it in the
recipient's name. A reading holds neither, yet all that rules ask; the digest in it binds it to the message. What it
keeps of an address is its template: words of the path that have not the form of a token stay, as they do in findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

from pydantic import ValidationError

from classifiers.mails import Mail, MailError, parse_mail
from consentinel.evidence.errors import PackError
from crawler.observations import NameValue

FOLDER = "mails"
MESSAGES = f"{FOLDER}/messages"


def readings_of(mails: Sequence[Mail]) -> tuple[Mail, ...]:
    """Named as in the pack, with numbers in place of addresses and subjects: equal numbers, equal things."""
    addresses: dict[str, str] = {}
    campaigns: dict[str, str] = {}
    return tuple(
        mail.model_copy(
            update={
                "file": f"{FOLDER}/{number}.json",
                "campaign": _number(mail.campaign, campaigns),
                "pictures": tuple(
                    picture.model_copy(update={"address": _number(picture.address, addresses)})
                    for picture in mail.pictures
                ),
            }
        )
        for number, mail in enumerate(mails, start=1)
    )


def reading_files(readings: Sequence[Mail]) -> dict[str, bytes]:
    return {reading.file: (reading.model_dump_json(indent=1) + "\n").encode() for reading in readings}


def message_files(mails: Sequence[Mail]) -> dict[str, bytes]:
    """The messages, numbered like their readings. Raises PackError for one that is not what was read any more."""
    files: dict[str, bytes] = {}
    for number, mail in enumerate(mails, start=1):
        content = Path(mail.file).read_bytes()
        if sha256(content).hexdigest() != mail.sha256:
            raise PackError(f"{mail.file}: was changed while the pack was made; pack again")
        files[f"{MESSAGES}/{number}{Path(mail.file).suffix.lower()}"] = content
    return files


def read_readings(names: Sequence[str], files: Mapping[str, bytes]) -> tuple[Mail, ...]:
    """Raises PackError for one that is not there or is none."""
    return tuple(_reading(name, files) for name in names)


def mail_faults(
    names: Sequence[str], judged_with: Sequence[NameValue], files: Mapping[str, bytes]
) -> Iterator[tuple[str, str]]:
    """File and what is wrong with it. Where messages are there, each must read as its reading says."""
    messages = {PurePosixPath(name).stem: name for name in files if name.startswith(f"{MESSAGES}/")}
    try:
        readings = read_readings(names, files)
        read = [_read_again(one, messages, files) for one in readings] if messages else []
    except PackError as error:
        yield FOLDER, f"cannot be read ({error})"
        return
    for reading in readings:
        if reading.told() not in judged_with:
            yield reading.file, "is of another message than the scan was judged with"
    for reading, again in zip(readings, readings_of(read), strict=False):
        if reading != again:
            yield reading.file, f"does not tell what {messages[PurePosixPath(reading.file).stem]} holds"
    for number in sorted(messages.keys() - {PurePosixPath(reading.file).stem for reading in readings}):
        yield messages[number], "is a message that nothing was read of"


def _read_again(reading: Mail, messages: Mapping[str, str], files: Mapping[str, bytes]) -> Mail:
    name = messages.get(PurePosixPath(reading.file).stem)
    if name is None:
        raise PackError(f"{reading.file}: its message is missing, and others are there")
    try:
        return parse_mail(files[name], file=name)
    except MailError as error:
        raise PackError(str(error)) from error


def _reading(name: str, files: Mapping[str, bytes]) -> Mail:
    if name not in files:
        raise PackError(f"{name}: is missing")
    try:
        reading = Mail.model_validate_json(files[name])
    except ValidationError as error:
        raise PackError(f"{name}: {error.errors()[0]['msg']}") from error
    if reading.file != name:
        raise PackError(f"{name}: says that it is {reading.file}")
    return reading


def _number(text: str, known: dict[str, str]) -> str:
    """Of things as they come up, from 1; nothing stays nothing."""
    return known.setdefault(text, str(len(known) + 1)) if text else ""
