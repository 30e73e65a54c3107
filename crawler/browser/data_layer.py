"""The page's data layer at the end of each span: entries in the order of the pushes, values only where harmless.

With it: when and by which script each entry was pushed, the consent commands that tags were given, and whether the TCF
function was there in time.
"""

from __future__ import annotations

import logging
from typing import Final

import orjson

from crawler.browser.bodies import identifies_nobody
from crawler.browser.cdp import CommandError
from crawler.browser.layer_reports import document
from crawler.browser.stage import Stage
from crawler.observations import NameValue
from crawler.tag_facts import DATA_LAYER, TAG_COMMANDS, TCF_API

log = logging.getLogger(__name__)

_COMMANDS_TOLD: Final = "commands told"
_MOST_ENTRIES: Final = 200
_READ: Final = """(() => {
  const flat = (value, name, depth, into) => {
    if (into.length >= 60) return into;
    if (value === null || typeof value !== 'object' || depth > 4) {
      if (typeof value !== 'function' && value !== undefined) into.push([name, String(value).slice(0, 500)]);
      return into;
    }
    if (value instanceof Node || value === window) return into;
    for (const key of Object.keys(value)) flat(value[key], name ? `${name}.${key}` : key, depth + 1, into);
    return into;
  };
  const safe = (value) => { try { return flat(value, '', 0, []); } catch (error) { return []; } };
  const lists = ['dataLayer', 'adobeDataLayer'].filter((name) => Array.isArray(window[name]));
  const objects = ['digitalData', 'utag_data', 'universal_variable']
    .filter((name) => window[name] !== null && typeof window[name] === 'object');
  return JSON.stringify({
    document: performance.timeOrigin,
    entries: [
      ...lists.flatMap((name) => Array.from(window[name], (entry, index) => [name, index, safe(entry)])),
      ...objects.map((name) => [name, 0, safe(window[name])]),
    ],
    tcf: {
      function: typeof window.__tcfapi === 'function',
      locator: document.getElementsByName('__tcfapiLocator').length > 0,
    },
  });
})()"""


async def note_data_layer(stage: Stage, phase: str) -> None:
    """Adds what is new in the data layer to the facts; a page without one gets an empty list, which says so."""
    watch = stage.watch
    ask = {"expression": _READ, "returnByValue": True}
    try:
        answer = await watch.scene.tap.command("Runtime.evaluate", ask, session=watch.main)
    except CommandError as error:
        log.debug("no data layer of %s: %s", stage.ask.url, error)  # unread stays unread: plans are then undecided
        return
    told = answer.get("result", {}).get("value")
    if not isinstance(told, str):
        log.debug("no data layer of %s: %s", stage.ask.url, answer.get("exceptionDetails"))
        return
    read = orjson.loads(told.encode("utf-8", "surrogatepass"))
    born = document(read["document"])
    fresh: list[list[object]] = []
    for name, index, fields in read["entries"]:
        key = f"{born}/{name}"
        if index < stage.layer_read.get(key, 0) or len(fresh) >= _MOST_ENTRIES:
            continue
        stage.layer_read[key] = index + 1
        told_fields = [_field(stage, field, value) for field, value in fields]
        push = watch.layers.pushes.get((key, index))
        fresh.append([watch.page, index, told_fields, push.at if push else None, push.by if push else ()])
    _keep(stage, f"{DATA_LAYER}:{phase}", fresh)
    in_time = watch.layers.tcf_in_time.get(born)
    if in_time is not None:
        _keep(stage, f"{TAG_COMMANDS}:{phase}", _commands(stage))
    if in_time or read["tcf"]["function"]:
        _keep(stage, f"{TCF_API}:{phase}", {"page": watch.page, "in_time": in_time, **read["tcf"]})


def _commands(stage: Stage) -> list[list[object]]:
    """Those that came since they were told last."""
    every = stage.watch.layers.commands
    fresh = every[stage.layer_read.get(_COMMANDS_TOLD, 0) :]
    stage.layer_read[_COMMANDS_TOLD] = len(every)
    return [list(one.model_dump(mode="json").values()) for one in fresh]


def _keep(stage: Stage, name: str, value: object) -> None:
    stage.facts.append(NameValue(name=name, value=orjson.dumps(value).decode()))


def _field(stage: Stage, name: str, value: str) -> list[str | None]:
    digest = stage.watch.scene.digester.value(value)
    return [name, value if identifies_nobody(digest) else None, digest.shape]
