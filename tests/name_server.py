"""A name server on this machine for what tests look up; it knows what it is told and nothing else."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from classifiers.cname_settings import LookupSettings

Answers = Mapping[str, Sequence[tuple[str, str, str]]]
"""Name that is asked for, with its last dot → (owner, type, value) of each record of the answer."""


@contextmanager
def name_server(answers: Answers) -> Iterator[LookupSettings]:
    """Where to ask it. Names of the table are answered; `mute.…` never, `broken.…` with a failure."""
    with _Server(answers) as server:
        Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
        try:
            yield LookupSettings(resolvers=("127.0.0.1",), port=server.server_address[1])
        finally:
            server.shutdown()


def chain_answers(chains: Mapping[str, Sequence[str]]) -> Answers:
    """Each host, by way of its names, to an address of documentation (RFC 5737)."""
    return {f"{host}.": list(_records([f"{name}." for name in (host, *names)])) for host, names in chains.items()}


def _records(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for owner, target in pairwise(names):
        yield owner, "CNAME", target
    yield names[-1], "A", "192.0.2.1"


class _Server(socketserver.ThreadingUDPServer):
    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        data, socket = self.request
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text().lower()
        if name.startswith("mute."):
            return
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        for owner, kind, value in self.server.answers.get(name, ()):
            answer.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, value))
        if name not in self.server.answers:
            answer.set_rcode(dns.rcode.SERVFAIL if name.startswith("broken.") else dns.rcode.NXDOMAIN)
        socket.sendto(answer.to_wire(), self.client_address)
