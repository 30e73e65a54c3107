"""The targets that are attached: who watches them, what each is told before its first line, and where it is now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from crawler.browser.cdp import KINDS, Json, Session, Watcher
from crawler.observations import TargetKind

FOLLOWED: Final = frozenset(
    {
        b"Target.attachedToTarget",
        b"Target.detachedFromTarget",
        b"Page.frameAttached",
        b"Page.frameNavigated",
        b"Page.frameDetached",
        b"Page.navigatedWithinDocument",
        b"Runtime.executionContextCreated",
        b"Runtime.executionContextsCleared",
        b"Debugger.paused",
        b"Inspector.targetCrashed",
    }
)
"""Events that are read whoever watches."""

Post = Callable[[str, Json, str | None], object]
"""Sends a command whose answer nobody awaits: method, parameters, session."""


class Targets:
    def __init__(self, post: Post) -> None:
        self._post = post
        self._watchers: dict[str, Watcher] = {}
        self._sessions: dict[str, Session] = {}

    def watch(self, context: str, watcher: Watcher) -> None:
        self._watchers[context] = watcher

    def unwatch(self, context: str) -> None:
        self._watchers.pop(context, None)

    def of(self, context: str) -> tuple[Session, ...]:
        return tuple(session for session in self._sessions.values() if session.context == context)

    def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def watcher(self, session: Session) -> Watcher | None:
        return self._watchers.get(session.context)

    def attached(self, params: Json, *, parent: Session | None) -> None:
        target: Json = params["targetInfo"]
        kind = KINDS.get(target["type"])
        if kind is None:
            return
        if any(session.target_id == target["targetId"] for session in self._sessions.values()):
            return  # the driver's second session to a target that is watched already
        opener: str | None = target.get("openerId")
        session = Session(
            id=params["sessionId"],
            target_id=target["targetId"],
            kind=TargetKind.POPUP if kind is TargetKind.PAGE and opener is not None else kind,
            url=target["url"],
            context=target.get("browserContextId", ""),
            parent=parent,
            opener=opener,
            seen_from_start=params["waitingForDebugger"],
        )
        self._sessions[session.id] = session
        watcher = self.watcher(session)
        if watcher is not None:
            watcher.attached(session)

    def detached(self, session_id: str) -> None:
        session = self._sessions.pop(session_id, None)
        if session is None:
            return
        session.open = False
        watcher = self.watcher(session)
        if watcher is not None:
            watcher.detached(session)

    def prepare(self, session: Session) -> None:
        """Called just ahead of the message that lets a new target run."""
        watcher = self.watcher(session)
        if watcher is None:
            return
        for command in watcher.prepare(session):
            self._post(command.method, command.params, session.id)
        if session.is_worker and watcher.worker_probe() is not None:
            # A plain evaluation here comes too early: interfaces for secure contexts are not installed yet.
            self._post("Debugger.enable", {}, session.id)
            how = {"instrumentation": "beforeScriptExecution"}
            self._post("Debugger.setInstrumentationBreakpoint", how, session.id)

    def probe_worker(self, session: Session, params: Json) -> bool:
        """True: the pause was ours, and the worker goes on with the probe in place."""
        watcher = self.watcher(session)
        if params.get("reason") != "instrumentation" or watcher is None:
            return False
        probe = watcher.worker_probe()
        if probe is not None:
            self._post("Runtime.evaluate", {"expression": probe}, session.id)
        self._post("Debugger.resume", {}, session.id)
        self._post("Debugger.disable", {}, session.id)
        return True

    def follow(self, session: Session, method: str, params: Json) -> None:
        """Keeps the session's map of frames and script worlds up to date."""
        if method == "Page.frameAttached":
            session.frames.setdefault(params["frameId"], "about:blank")
        elif method == "Page.frameNavigated":
            frame: Json = params["frame"]
            session.frames[frame["id"]] = frame["url"]
            if "parentId" not in frame:
                session.main_frame = frame["id"]
                session.url = frame["url"]
        elif method == "Page.navigatedWithinDocument":
            session.frames[params["frameId"]] = params["url"]
            if params["frameId"] == session.main_frame:
                session.url = params["url"]
        elif method == "Page.frameDetached":
            session.frames.pop(params["frameId"], None)
        elif method == "Runtime.executionContextCreated":
            context: Json = params["context"]
            session.worlds[context["id"]] = context.get("auxData", {}).get("frameId", "")
        elif method == "Runtime.executionContextsCleared":
            session.worlds.clear()
            self._renew(session)

    def _renew(self, session: Session) -> None:
        """A window may have moved to another process, which has forgotten what was set for all of its scripts."""
        watcher = self.watcher(session)
        if watcher is not None:
            for command in watcher.renew(session):
                self._post(command.method, command.params, session.id)
