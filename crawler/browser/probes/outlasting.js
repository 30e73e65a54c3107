// Requests that outlast their page: `fetch` with keepalive, and `fetchLater`. DevTools shows them as any other fetch.
const ownerOf = (thing, name) => {
  let owner = thing;
  while (owner !== null && owner !== undefined && getOwnPropertyDescriptor(owner, name) === undefined) owner = getPrototypeOf(owner);
  return owner === null ? undefined : owner;
};
if (root.Request) {
  const keepaliveOf = getOwnPropertyDescriptor(Request.prototype, 'keepalive');
  const methodOf = getOwnPropertyDescriptor(Request.prototype, 'method').get;
  const addressOfRequest = getOwnPropertyDescriptor(Request.prototype, 'url').get;
  const baseOf = root.Node && getOwnPropertyDescriptor(Node.prototype, 'baseURI').get;
  const Address = root.URL;
  const hrefOf = getOwnPropertyDescriptor(Address.prototype, 'href').get;
  const inspect = (thing, get) => {
    try {
      return apply(get, thing, []);
    } catch {
      return undefined;
    }
  };
  // Own and inherited data properties only: no code of the page runs.
  const wish = (options, name) => {
    if (options === null || (typeof options !== 'object' && typeof options !== 'function')) return undefined;
    const owner = ownerOf(options, name);
    const found = owner === undefined ? undefined : getOwnPropertyDescriptor(owner, name);
    return found === undefined || !('value' in found) ? undefined : found.value;
  };
  const base = () => (baseOf ? apply(baseOf, root.document, []) : apply(href.get, where, []));
  const addressed = (input) => {
    if (input === null || typeof input !== 'object') return typeof input === 'symbol' ? '' : apply(toText, undefined, [input]);
    return inspect(input, addressOfRequest) || inspect(input, hrefOf) || '';
  };
  const outlasting = (how, input, options) => {
    const asked = typeof input === 'object' && input !== null ? input : undefined;
    const method = wish(options, 'method');
    let address = addressed(input);
    try {
      address = apply(hrefOf, new Address(address, base()), []);
    } catch {
      return;
    }
    const body = wish(options, 'body');
    const named = typeof method === 'string' ? method : (asked && inspect(asked, methodOf)) || 'GET';
    report('outlasting', how, address, named, typeof body === 'string' ? apply(slice, body, [0, LONGEST]) : null);
    const signal = how === 'fetchLater' && root.AbortSignal ? wish(options, 'signal') : undefined;
    if (signal !== undefined && signal !== null && inspect(signal, isAborted) === false) {
      apply(listen, signal, ['abort', () => report('outlasting_cancelled', how, address, named, null), { once: true }]);
    }
  };
  const isAborted = root.AbortSignal && getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted').get;
  const listen = root.EventTarget.prototype.addEventListener;
  hookMethod(ownerOf(root, 'fetch'), 'fetch', (target, self, args) => {
    const options = args[1];
    const asked = wish(options, 'keepalive');
    const input = args[0];
    const outlasts = asked !== undefined ? asked
      : keepaliveOf !== undefined && input !== null && typeof input === 'object' && inspect(input, keepaliveOf.get);
    if (outlasts) outlasting('keepalive', input, options);
    return apply(target, self, args);
  });
  hookMethod(ownerOf(root, 'fetchLater'), 'fetchLater', (target, self, args) => {
    const result = apply(target, self, args);
    if (args.length > 0) outlasting('fetchLater', args[0], args[1]);
    return result;
  });
}
