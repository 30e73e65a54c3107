// Storage Buckets: where they are opened and removed (what is written inside, the other probes tell); and Shared Storage.
if (root.StorageBucketManager) {
  const buckets = StorageBucketManager.prototype;
  hookMethod(buckets, 'open', (target, self, args) => {
    const result = apply(target, self, args);
    if (typeof args[0] === 'string') report('bucket', 'write', args[0], 'StorageBucketManager.open');
    return result;
  });
  hookMethod(buckets, 'delete', (target, self, args) => {
    const result = apply(target, self, args);
    if (typeof args[0] === 'string') report('bucket', 'remove', args[0], 'StorageBucketManager.delete');
    return result;
  });
}
if (root.SharedStorage) {
  const shared = SharedStorage.prototype;
  const plain = (value) => (typeof value === 'object' || typeof value === 'symbol' ? null : apply(toText, undefined, [value]));
  for (const name of ['set', 'append']) {
    hookMethod(shared, name, (target, self, args) => {
      const result = apply(target, self, args);
      if (args.length > 1) report('shared_storage', 'write', plain(args[0]), plain(args[1]), `SharedStorage.${name}`);
      return result;
    });
  }
  hookMethod(shared, 'delete', (target, self, args) => {
    const result = apply(target, self, args);
    if (args.length > 0) report('shared_storage', 'remove', plain(args[0]), null, 'SharedStorage.delete');
    return result;
  });
  hookMethod(shared, 'clear', (target, self, args) => {
    const result = apply(target, self, args);
    report('shared_storage', 'remove', '*', null, 'SharedStorage.clear');
    return result;
  });
}
