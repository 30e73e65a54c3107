// Everything a page could compare. Each check's result, or the error it throws, is sent to the server.
const results = {};
const check = (name, work) => {
  try {
    const value = work();
    results[name] = typeof value === 'function' ? 'function' : value === undefined ? 'undefined' : value;
  } catch (error) {
    results[name] = `${error.name}: ${error.message}`;
  }
};
const text = (thing) => Function.prototype.toString.call(thing);
const names = (thing) => Object.getOwnPropertyNames(thing).sort().join();
const native = Object.getOwnPropertyDescriptor;
check('globals', () => names(window).split(',').filter((name) => !/^\d+$|^(results|check|text|names|native)$/.test(name)).length > 500);
check('bindings', () => Object.getOwnPropertyNames(window).filter((name) => /^b[0-9a-f]{16}$/.test(name)));
for (const name of ['setItem', 'getItem', 'removeItem', 'clear', 'key']) {
  check(`text ${name}`, () => text(Storage.prototype[name]));
  check(`own text ${name}`, () => Storage.prototype[name].toString());
  check(`name ${name}`, () => Storage.prototype[name].name + Storage.prototype[name].length);
  check(`illegal ${name}`, () => Storage.prototype[name].call({}, 'a', 'b'));
  check(`few ${name}`, () => (name === 'clear' ? 'skip' : localStorage[name]()));
  check(`new ${name}`, () => new Storage.prototype[name]('a', 'b'));
  check(`props ${name}`, () => names(Storage.prototype[name]));
}
check('text toString', () => text(Function.prototype.toString));
check('text length', () => text(native(Storage.prototype, 'length').get));
check('text cookie', () => text(native(Document.prototype, 'cookie').set) + text(native(Document.prototype, 'cookie').get));
check('text localStorage', () => text(native(window, 'localStorage').get));
check('text event', () => text(StorageEvent) + StorageEvent.name + StorageEvent.length);
check('text put', () => text(IDBObjectStore.prototype.put));
check('text cache', () => text(Cache.prototype.put) + text(CacheStorage.prototype.open));
check('text cookieStore', () => text(CookieStore.prototype.set));
check('text register', () => text(ServiceWorkerContainer.prototype.register));
check('text fetch', () => [text(fetch), fetch.name, fetch.length, JSON.stringify(native(window, 'fetch')), names(fetch)]);
check('push', () => [text(Array.prototype.push), [].push.name, [].push.length, names([].push), 'prototype' in [].push, JSON.stringify(native(Array.prototype, 'push')), [].push === Array.prototype.push]);
check('push results', () => { const list = []; list.push({ 0: 'consent' }, [1]); list.push(); return [list.length, Array.prototype.push.call({ length: 2 }, 'x'), Array.prototype.push.apply(list, [3, 4])]; });
check('push illegal', () => Array.prototype.push.call(null, {}));
check('push frozen', () => Object.freeze([]).push({}));
check('push new', () => new Array.prototype.push());
check('push layer', () => { const had = 'dataLayer' in window; window.dataLayer = []; const size = dataLayer.push({ event: 'x' }); const own = names(dataLayer); delete window.dataLayer; return [had, size, own]; });
check('text fetchLater', () => [text(fetchLater), fetchLater.name, fetchLater.length]);
check('fetchLater bad', () => fetchLater());
for (const [owner, name] of [['CanvasRenderingContext2D', 'fillText'], ['CanvasRenderingContext2D', 'measureText'], ['HTMLCanvasElement', 'toDataURL'],
  ['HTMLCanvasElement', 'getContext'], ['WebGLRenderingContext', 'getParameter'], ['WebGL2RenderingContext', 'readPixels'], ['AudioBuffer', 'getChannelData'],
  ['RTCPeerConnection', 'createOffer'], ['NavigatorUAData', 'getHighEntropyValues'], ['EventTarget', 'addEventListener'], ['MutationObserver', 'observe']]) {
  const method = self[owner].prototype[name];
  check(`native ${name}`, () => [text(method), method.name, method.length, names(method), 'prototype' in method]);
  check(`illegal ${name}`, () => method.call({}, 'a', 'b'));
  check(`few ${name}`, () => method.call(undefined));
}
for (const [owner, name] of [['Navigator', 'userAgent'], ['Navigator', 'plugins'], ['Screen', 'width'], ['CanvasRenderingContext2D', 'fillStyle'], ['HTMLElement', 'onkeydown']]) {
  const found = native(self[owner].prototype, name);
  check(`getter ${name}`, () => [text(found.get), found.get.name, found.get.length, found.set && text(found.set), found.enumerable, found.configurable]);
  check(`illegal ${name}`, () => self[owner].prototype[name]);
}
check('reads', () => [navigator.userAgent, navigator.languages, navigator.plugins.length, navigator.plugins === navigator.plugins, screen.width, navigator.connection === navigator.connection].length);
check('canvas', () => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  context.fillStyle = 'red'; context.fillStyle = 'no colour'; context.font = '10px serif'; context.fillText('abc', 5, 20);
  return [context.fillStyle, context.font, context === canvas.getContext('2d'), canvas.getContext('nothing'), canvas.toDataURL(), context.measureText('a') instanceof TextMetrics, context.getImageData(0, 0, 2, 2).data.length];
});
check('listener', () => {
  const heard = [];
  const listener = { handleEvent(event) { heard.push(event.type, this === listener); } };
  document.addEventListener('keydown', listener);
  document.addEventListener('keydown', listener);
  document.dispatchEvent(new Event('keydown'));
  document.removeEventListener('keydown', listener);
  document.dispatchEvent(new Event('keydown'));
  addEventListener('click', null);
  const input = document.createElement('input');
  input.onkeydown = () => heard.push('own');
  input.dispatchEvent(new Event('keydown'));
  return [heard, typeof input.onkeydown, addEventListener.call(undefined, 'x', () => {})];
});
check('listener options', () => { let asked = 0; addEventListener({ toString: () => `k${(asked += 1)}` }, () => {}, { get once() { asked += 1; return true; } }); return asked; });
check('observer options', () => { let asked = 0; new MutationObserver(() => {}).observe(document, { get subtree() { asked += 1; return true; }, childList: true }); return asked; });
check('toString illegal', () => Function.prototype.toString.call({}));
check('toString proxy', () => text(new Proxy(function named() {}, {})));
check('own functions', () => text(function mine(a, b) { return a + b; }));
check('descriptor storage', () => JSON.stringify(native(window, 'localStorage'), (k, v) => (typeof v === 'function' ? v.name : v)));
check('descriptor cookie', () => JSON.stringify(native(Document.prototype, 'cookie'), (k, v) => (typeof v === 'function' ? v.name : v)));
check('identity', () => [localStorage === localStorage, localStorage === window.localStorage, localStorage === sessionStorage]);
check('instanceof', () => [localStorage instanceof Storage, localStorage.constructor === Storage, Object.getPrototypeOf(localStorage) === Storage.prototype]);
check('tag', () => Object.prototype.toString.call(localStorage) + String(localStorage) + typeof localStorage);
localStorage.clear();
check('set returns', () => localStorage.setItem('a', 1));
check('property', () => { localStorage.b = 2; return [localStorage.b, typeof localStorage.b, localStorage.getItem('b')]; });
check('symbol', () => { localStorage[Symbol.for('s')] = 3; return [localStorage[Symbol.for('s')], localStorage.length]; });
check('object key', () => { let asked = 0; localStorage.setItem({ toString: () => `k${(asked += 1)}` }, { toString: () => `v${(asked += 1)}` }); return [asked, localStorage.k1]; });
check('object value', () => { let asked = 0; localStorage.conv = { toString: () => `x${(asked += 1)}` }; return [asked, localStorage.conv]; });
check('throwing key', () => localStorage.setItem({ toString() { throw new RangeError('mine'); } }, 1));
check('symbol key', () => localStorage.setItem(Symbol('x'), 1));
check('keys', () => [Object.keys(localStorage).sort(), localStorage.length, JSON.stringify({ ...localStorage })]);
check('for in', () => { const found = []; for (const name in localStorage) found.push(name); return found.sort(); });
check('in', () => ['a' in localStorage, 'zz' in localStorage, 'setItem' in localStorage, Object.hasOwn(localStorage, 'a')]);
check('delete', () => [delete localStorage.a, delete localStorage.never, localStorage.getItem('a')]);
check('shadow', () => { localStorage.setItem('getItem', 'x'); const seen = typeof localStorage.getItem; localStorage.removeItem('getItem'); return seen; });
check('reflect', () => [Reflect.has(localStorage, 'b'), Reflect.ownKeys(localStorage).length, Reflect.set(localStorage, 'r', 1), Reflect.get(localStorage, 'r')]);
check('define', () => { Object.defineProperty(localStorage, 'd', { value: 1, configurable: true, enumerable: true, writable: true }); return native(localStorage, 'd'); });
check('define accessor', () => { Object.defineProperty(localStorage, 'acc', { get: () => 1 }); return localStorage.acc; });
// Of these two only the wording differs: a proxy cannot choose the text of the engine's own errors.
check('freeze', () => { try { return Object.freeze(localStorage) && 'frozen'; } catch (error) { return error.name; } });
check('prevent', () => { Object.preventExtensions(localStorage); return Object.isExtensible(localStorage); });
check('set proto', () => { Object.setPrototypeOf(localStorage, Storage.prototype); return localStorage instanceof Storage; });
check('by prototype', () => { Storage.prototype.setItem.call(localStorage, 'p', 1); return Storage.prototype.getItem.call(localStorage, 'p'); });
check('length by prototype', () => native(Storage.prototype, 'length').get.call(localStorage) === localStorage.length);
check('quota', () => { try { localStorage.big = 'x'.repeat(12e6); } catch (error) { return [error.name, error.code, error instanceof DOMException]; } return 'no'; });
check('iframe realm', () => {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const other = frame.contentWindow;
  other.Storage.prototype.setItem.call(localStorage, 'theirs', 1);
  const result = [localStorage.theirs, text(other.Storage.prototype.setItem), other.Function.prototype.toString.call(Storage.prototype.setItem),
    localStorage instanceof other.Storage, other.localStorage.theirs, other.localStorage === localStorage];
  frame.remove();
  return result;
});
check('event', () => {
  const event = new StorageEvent('storage', { key: 'k', newValue: 'v', storageArea: localStorage, url: 'u' });
  return [event.storageArea === localStorage, event.key, event.newValue, event.url, event instanceof StorageEvent,
    event.constructor === StorageEvent, Object.getPrototypeOf(event) === StorageEvent.prototype, event.isTrusted];
});
check('old event', () => { const event = document.createEvent('StorageEvent'); event.initStorageEvent('storage', false, false, 'k', 'o', 'n', 'u', localStorage); return event.storageArea === localStorage; });
check('bad event', () => new StorageEvent('storage', { storageArea: {} }));
check('bare event', () => StorageEvent('storage'));
check('subclass', () => { class Mine extends StorageEvent {} return new Mine('x', { storageArea: sessionStorage }) instanceof Mine; });
check('structuredClone', () => { try { return structuredClone(localStorage) && 'cloned'; } catch (error) { return error.name; } });
check('cookie', () => { document.cookie = 'probe=1'; document.cookie = { toString: () => 'object=1' }; return document.cookie; });
check('cookie illegal', () => native(Document.prototype, 'cookie').set.call({}, 'a=1'));
check('cookie set result', () => native(Document.prototype, 'cookie').set.call(document, 'b=1'));
check('own cookie', () => { const own = document.implementation.createHTMLDocument(''); own.cookie = 'x=1'; return own.cookie; });
check('limit', () => { Error.stackTraceLimit = 3; document.cookie = 'c=1'; const kept = Error.stackTraceLimit; Error.stackTraceLimit = 10; return kept; });
check('formatter', () => {
  let formatted = 0;
  Error.prepareStackTrace = (error, frames) => { formatted += 1; return frames.length; };
  localStorage.formatted = 1;
  document.cookie = 'd=1';
  const seen = [formatted, typeof Error.prepareStackTrace];
  delete Error.prepareStackTrace;
  return seen;
});
check('patched json', () => { const kept = JSON.stringify; JSON.stringify = () => { throw new Error('patched'); }; try { document.cookie = 'e=1'; localStorage.e = 1; return localStorage.e; } finally { JSON.stringify = kept; } });
check('patched toJSON', () => { Object.prototype.toJSON = () => 'patched'; Array.prototype.toJSON = () => 'patched'; try { localStorage.f = 1; return localStorage.f; } finally { delete Object.prototype.toJSON; delete Array.prototype.toJSON; } });
check('name', () => { window.name = 'n'; return [window.name, text(native(window, 'name').set)]; });
check('webkit', () => names(Storage.prototype) + names(StorageEvent.prototype) + names(CookieStore.prototype) + names(IDBObjectStore.prototype));
(async () => {
  const opening = indexedDB.open('probe', 1);
  let asked = 0;
  await new Promise((resolve) => {
    opening.onupgradeneeded = () => {
      const store = opening.result.createObjectStore('s', { autoIncrement: true });
      const request = store.put({ get counted() { asked += 1; return asked; }, plain: 1 });
      request.onsuccess = () => { results['put result'] = request.result; };
    };
    opening.onsuccess = resolve;
  });
  results['getters run by put'] = asked;
  try { opening.result.transaction('s', 'readwrite').objectStore('s').put(() => 1); } catch (error) { results['put of a function'] = error.name; }
  let read = 0;
  const answer = await fetch('/other', { get keepalive() { read += 1; return false; }, get method() { read += 1; return 'GET'; } });
  results['getters run by fetch'] = [read, answer.status, answer.url];
  const refusal = (error) => `${error.name}: ${error.message}`;
  results['fetch bad'] = [await fetch('http://[').catch(refusal), await fetch().catch(refusal), await fetch.call({}, '/other').catch(refusal)];
  results['fetch kept'] = (await fetch(new Request('/other', { keepalive: true }))).status;
  const cache = await caches.open('probe');
  results['cache put'] = String(await cache.put('/x', new Response('y')));
  results['cache bad'] = await cache.put('/x', 1).catch((error) => `${error.name}: ${error.message}`);
  results['cookieStore'] = String(await cookieStore.set('g', '1'));
  results['cookieStore bad'] = await cookieStore.set({ name: 'h', value: '1', domain: 'other.test' }).catch((error) => error.name);
  const seen = new Promise((resolve) => addEventListener('storage', (event) => resolve([event.storageArea === localStorage, event.key, event.newValue])));
  const frame = document.createElement('iframe');
  frame.src = '/other';
  frame.onload = () => { frame.contentWindow.localStorage.fromFrame = '1'; };
  document.body.append(frame);
  results['storage event'] = await seen;
  await fetch('/results', { method: 'POST', body: JSON.stringify(results) });
})();
