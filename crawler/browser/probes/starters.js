// Who starts a worker or a stream: DevTools tells of its request, but not which script asked for it.
const watchConstruction = (name) => {
  const native = root[name];
  const found = getOwnPropertyDescriptor(root, name);
  if (typeof native !== 'function' || found === undefined || !('value' in found)) return;
  const proxy = new Proxy_(native, {
    construct(target, args, made) {
      let thing;
      try {
        thing = construct(target, args, made === proxy ? target : made);
      } catch (error) {
        cleanse(error);
        throw error;
      }
      const address = absolute(addressOf(args[0]));
      if (address !== '') report('starts', name, address);
      return thing;
    },
    get(target, key, receiver) {
      return key === SECRET ? target : get(target, key, receiver === proxy ? target : receiver);
    },
  });
  defineProperty(root, name, { ...found, value: proxy });
  const own = getOwnPropertyDescriptor(native.prototype, 'constructor');
  defineProperty(native.prototype, 'constructor', { ...own, value: proxy });
};
for (const name of ['Worker', 'SharedWorker', 'EventSource']) watchConstruction(name);
