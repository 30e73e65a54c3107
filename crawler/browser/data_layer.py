"""The page's data layer at the end of each span: entries in the order of the pushes, values only where harmless."""

from __future__ import annotations

import logging
from typing import Final

import orjson

from crawler.browser.bodies import identifies_nobody
from crawler.browser.cdp import CommandError
from crawler.browser.stage import Stage
from crawler.observations import NameValue

log = logging.getLogger(__name__)

FACT: Final = "data_layer"
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
    fresh: list[list[object]] = []
    for name, index, fields in read["entries"]:
        key = f"{read['document']}/{name}"
        if index < stage.layer_read.get(key, 0) or len(fresh) >= _MOST_ENTRIES:
            continue
        stage.layer_read[key] = index + 1
        fresh.append([watch.page, index, [_field(stage, field, value) for field, value in fields]])
    stage.facts.append(NameValue(name=f"{FACT}:{phase}", value=orjson.dumps(fresh).decode()))


def _field(stage: Stage, name: str, value: str) -> list[str | None]:
    digest = stage.watch.scene.digester.value(value)
    return [name, value if identifies_nobody(digest) else None, digest.shape]
