// Every script write of a cookie: document.cookie by any route, and the CookieStore of windows and service workers.
if (root.Document) {
  const url = getOwnPropertyDescriptor(Document.prototype, 'URL');
  const windowOf = getOwnPropertyDescriptor(Document.prototype, 'defaultView').get;
  hookAccessor(Document.prototype, 'cookie', {
    setter(target, self, args) {
      if (args.length === 0 || typeof args[0] === 'symbol') return apply(target, self, args);
      const line = typeof args[0] === 'string' ? args[0] : apply(toText, undefined, [args[0]]);
      const result = apply(target, self, [line]);
      if (apply(windowOf, self, []) === null) return result; // a document without a window has no cookies
      report('cookie', apply(url.get, self, []), line);
      return result;
    },
  });
}
if (root.CookieStore) {
  const field = (options, name) => {
    const found = getOwnPropertyDescriptor(options, name);
    return found === undefined || !('value' in found) || typeof found.value === 'object' ? null : found.value;
  };
  const describe = (how) => (target, self, args) => {
    const result = apply(target, self, args);
    const first = args[0];
    if (first !== null && typeof first === 'object') {
      const expires = getOwnPropertyDescriptor(first, 'expires');
      const at = expires === undefined ? null : expires.value;
      report(how, field(first, 'name'), field(first, 'value'), field(first, 'domain'), field(first, 'path'),
        at === null || at === undefined ? null : +at, field(first, 'sameSite'), field(first, 'partitioned') === true);
    } else if (args.length > 0 && typeof first !== 'symbol') {
      report(how, apply(toText, undefined, [first]), args.length > 1 && typeof args[1] !== 'object' ? apply(toText, undefined, [args[1]]) : '', null, null, null, null, false);
    }
    return result;
  };
  hookMethod(CookieStore.prototype, 'set', describe('cookie_store.set'));
  hookMethod(CookieStore.prototype, 'delete', describe('cookie_store.delete'));
}
