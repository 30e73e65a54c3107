// Cache API, origin-private files, service worker registrations and window.name.
const addressOf = (thing) => {
  if (typeof thing === 'string') return thing;
  if (root.Request && thing instanceof Request) return apply(requestUrl, thing, []);
  return root.URL && thing instanceof URL ? apply(urlText, thing, []) : '';
};
const requestUrl = root.Request && getOwnPropertyDescriptor(Request.prototype, 'url').get;
const urlText = root.URL && getOwnPropertyDescriptor(URL.prototype, 'href').get;
const absolute = (text) => {
  try {
    return new URL_(text, apply(href.get, where, [])).href;
  } catch {
    return text;
  }
};
const URL_ = root.URL;

if (root.Cache) {
  const cacheNames = new weakMap();
  const then = Promise.prototype.then;
  const Promise_ = Promise;
  const nameOf = (cache) => apply(mapGet, cacheNames, [cache]) || '';
  hookMethod(CacheStorage.prototype, 'open', (target, self, args) => {
    const opening = apply(target, self, args);
    const name = args.length > 0 && typeof args[0] !== 'object' && typeof args[0] !== 'symbol' ? apply(toText, undefined, [args[0]]) : '';
    // The page gets a promise of its own: one that we listen to would count as handled when it fails.
    return new Promise_((resolve, reject) => {
      apply(then, opening, [(cache) => { apply(mapSet, cacheNames, [cache, name]); resolve(cache); }, reject]);
    });
  });
  hookMethod(Cache.prototype, 'put', (target, self, args) => {
    const result = apply(target, self, args);
    report('cache', 'write', nameOf(self), absolute(addressOf(args[0])), 'Cache.put');
    return result;
  });
  hookMethod(Cache.prototype, 'add', (target, self, args) => {
    const result = apply(target, self, args);
    report('cache', 'write', nameOf(self), absolute(addressOf(args[0])), 'Cache.add');
    return result;
  });
  hookMethod(Cache.prototype, 'addAll', (target, self, args) => {
    const result = apply(target, self, args);
    if (apply(isArray, undefined, [args[0]])) {
      for (let i = 0; i < args[0].length; i += 1) {
        const found = getOwnPropertyDescriptor(args[0], i);
        if (found !== undefined && 'value' in found) report('cache', 'write', nameOf(self), absolute(addressOf(found.value)), 'Cache.addAll');
      }
    }
    return result;
  });
  hookMethod(Cache.prototype, 'delete', (target, self, args) => {
    const result = apply(target, self, args);
    report('cache', 'remove', nameOf(self), absolute(addressOf(args[0])), 'Cache.delete');
    return result;
  });
  hookMethod(CacheStorage.prototype, 'delete', (target, self, args) => {
    const result = apply(target, self, args);
    if (args.length > 0 && typeof args[0] === 'string') report('cache', 'remove', args[0], '*', 'CacheStorage.delete');
    return result;
  });
}

if (root.FileSystemDirectoryHandle) {
  const directoryName = getOwnPropertyDescriptor(FileSystemHandle.prototype, 'name').get;
  hookMethod(FileSystemDirectoryHandle.prototype, 'getFileHandle', (target, self, args) => {
    const result = apply(target, self, args);
    const wish = args[1];
    const create = wish !== null && typeof wish === 'object' ? getOwnPropertyDescriptor(wish, 'create') : undefined;
    if (create !== undefined && create.value && typeof args[0] === 'string') {
      report('opfs', 'write', apply(directoryName, self, []), args[0], 'FileSystemDirectoryHandle.getFileHandle');
    }
    return result;
  });
  hookMethod(FileSystemDirectoryHandle.prototype, 'removeEntry', (target, self, args) => {
    const result = apply(target, self, args);
    if (typeof args[0] === 'string') report('opfs', 'remove', apply(directoryName, self, []), args[0], 'FileSystemDirectoryHandle.removeEntry');
    return result;
  });
}

if (root.ServiceWorkerContainer) {
  hookMethod(ServiceWorkerContainer.prototype, 'register', (target, self, args) => {
    const result = apply(target, self, args);
    report('service_worker', absolute(addressOf(args[0])), 'ServiceWorkerContainer.register');
    return result;
  });
}

if (root.Window && getOwnPropertyDescriptor(root, 'name')) {
  const found = hookAccessor(root, 'name', {
    setter(target, self, args) {
      const result = apply(target, self, args);
      report('window_name', apply(found.get, self, []));
      return result;
    },
  });
}
