// A page's own clock: when it was clicked, wrote a cookie or a storage key, and began a request. Told to its own host.
(() => {
  let entries = [];
  let leaving = false;
  const { sendBeacon } = Navigator.prototype;
  const { fetch } = window;
  const { setItem } = Storage.prototype;
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie');
  const tell = () => {
    const body = JSON.stringify({ page: location.href, top: window === window.top, entries });
    entries = [];
    sendBeacon.call(navigator, '/__clock', body);
  };
  const note = (kind, name, when = performance.now()) => {
    entries.push({ kind, name, at: performance.timeOrigin + when });
    if (leaving) tell();
  };
  const address = (to) => new URL(to instanceof Request ? to.url : to, document.baseURI).href;
  addEventListener('click', (event) => {
    if (event.isTrusted) note('click', '', event.timeStamp);
  }, true);
  Object.defineProperty(Document.prototype, 'cookie', {
    ...cookie,
    set(line) {
      note('cookie', String(line).split('=')[0].trim());
      cookie.set.call(this, line);
    },
  });
  Storage.prototype.setItem = function (key, value) {
    note(this === window.sessionStorage ? 'session_storage' : 'local_storage', String(key));
    return setItem.call(this, key, value);
  };
  Navigator.prototype.sendBeacon = function (to, ...more) {
    note('request', address(to));
    return sendBeacon.call(this, to, ...more);
  };
  window.fetch = function (to, ...more) {
    note('request', address(to));
    return fetch.call(this, to, ...more);
  };
  // What is sent while a page goes has no entry any more, so these two were noted as they were called.
  const called = new Set(['beacon', 'fetch']);
  const requests = (list) => {
    for (const entry of list) if (!called.has(entry.initiatorType)) note('request', entry.name, entry.startTime);
  };
  const watching = new PerformanceObserver((list) => requests(list.getEntries()));
  watching.observe({ type: 'resource', buffered: true });
  addEventListener('pagehide', () => {
    requests(watching.takeRecords());
    leaving = true;
    tell();
  });
})();
