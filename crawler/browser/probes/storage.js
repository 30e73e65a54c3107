// Web Storage: method calls, calls through the prototype, and property writes, which need a proxy around the area.
if (root.Storage) {
  const proto = Storage.prototype;
  const areas = new weakMap();
  const names = new weakMap();
  const getItem = proto.getItem;
  const strictly = Object.defineProperty;
  const has = Object.prototype.hasOwnProperty;
  const nameOf = (area) => apply(mapGet, names, [area]) || 'local';
  const valueOf = (area, key) => apply(getItem, area, [key]);
  const isReal = (area) => {
    try {
      apply(getItem, area, ['']);
      return true;
    } catch {
      return false;
    }
  };
  const written = (area, key, how, before) => report('storage', nameOf(area), before === null ? 'write' : 'overwrite', key, valueOf(area, key), how);
  const removed = (area, key, how) => report('storage', nameOf(area), 'remove', key, null, how);

  const handler = {
    get(area, key) {
      return key === SECRET ? area : get(area, key, area);
    },
    set(area, key, value) {
      if (typeof key === 'symbol') return set(area, key, value, area);
      const before = valueOf(area, key);
      const done = set(area, key, value, area);
      if (done && apply(has, area, [key])) written(area, key, 'property', before);
      return done;
    },
    defineProperty(area, key, description) {
      if (typeof key === 'symbol') return defineProperty(area, key, description);
      const before = valueOf(area, key);
      // Only the throwing form refuses accessors, as the area itself does.
      const done = 'value' in description ? defineProperty(area, key, description) : strictly(area, key, description) === area;
      if (done && apply(has, area, [key])) written(area, key, 'Object.defineProperty', before);
      return done;
    },
    deleteProperty(area, key) {
      const there = typeof key !== 'symbol' && valueOf(area, key) !== null;
      const done = deleteProperty(area, key);
      if (done && there) removed(area, key, 'delete');
      return done;
    },
  };
  const guarded = (area, name) => {
    if (area === null || area === undefined) return area;
    const own = real(area);
    let proxy = apply(mapGet, areas, [own]);
    if (proxy === undefined) {
      proxy = new Proxy_(own, handler);
      apply(mapSet, areas, [own, proxy]);
    }
    if (name !== undefined) apply(mapSet, names, [own, name]);
    return proxy;
  };

  hookMethod(proto, 'setItem', (target, self, args) => {
    const area = real(self);
    if (args.length < 2 || typeof args[0] === 'symbol' || typeof args[1] === 'symbol' || !isReal(area)) return apply(target, area, args);
    const key = typeof args[0] === 'string' ? args[0] : apply(toText, undefined, [args[0]]);
    const value = typeof args[1] === 'string' ? args[1] : apply(toText, undefined, [args[1]]);
    const before = valueOf(area, key);
    const result = apply(target, area, [key, value]);
    written(area, key, 'Storage.setItem', before);
    return result;
  });
  hookMethod(proto, 'removeItem', (target, self, args) => {
    const area = real(self);
    if (args.length === 0 || typeof args[0] === 'symbol' || !isReal(area)) return apply(target, area, args);
    const key = typeof args[0] === 'string' ? args[0] : apply(toText, undefined, [args[0]]);
    const there = valueOf(area, key) !== null;
    const result = apply(target, area, [key]);
    if (there) removed(area, key, 'Storage.removeItem');
    return result;
  });
  hookMethod(proto, 'clear', (target, self, args) => {
    const area = real(self);
    const result = apply(target, area, args);
    removed(area, '*', 'Storage.clear');
    return result;
  });
  for (const name of ['getItem', 'key']) hookMethod(proto, name, onReal);
  hookAccessor(proto, 'length', { getter: onReal });
  hookAccessor(root, 'localStorage', { getter: (target, self, args) => guarded(apply(target, self, args), 'local') });
  hookAccessor(root, 'sessionStorage', { getter: (target, self, args) => guarded(apply(target, self, args), 'session') });

  if (root.StorageEvent) {
    const events = StorageEvent.prototype;
    hookAccessor(events, 'storageArea', { getter: (target, self, args) => guarded(apply(target, self, args)) });
    hookMethod(events, 'initStorageEvent', (target, self, args) => {
      if (args.length > 7) args[7] = real(args[7]);
      return apply(target, self, args);
    });
    const native = StorageEvent;
    const proxy = new Proxy_(native, {
      construct(target, args, made) {
        const wish = args[1];
        const area = wish !== null && typeof wish === 'object' ? wish.storageArea : undefined;
        const behind = real(area);
        if (area === behind) return construct(target, args, made === proxy ? target : made);
        const copy = { __proto__: null };
        for (const key of ['bubbles', 'cancelable', 'composed', 'key', 'oldValue', 'newValue', 'url']) {
          if (key in wish) copy[key] = wish[key];
        }
        copy.storageArea = behind;
        return construct(target, [args[0], copy], made === proxy ? target : made);
      },
      get(target, key, receiver) {
        return key === SECRET ? target : get(target, key, receiver === proxy ? target : receiver);
      },
    });
    defineProperty(root, 'StorageEvent', { ...getOwnPropertyDescriptor(root, 'StorageEvent'), value: proxy });
    defineProperty(events, 'constructor', { ...getOwnPropertyDescriptor(events, 'constructor'), value: proxy });
  }
}
