// IndexedDB: puts, adds, deletes and clears of any store, and databases that are removed.
if (root.IDBObjectStore) {
  const store = IDBObjectStore.prototype;
  const storeName = getOwnPropertyDescriptor(store, 'name').get;
  const transactionOf = getOwnPropertyDescriptor(store, 'transaction').get;
  const databaseOf = getOwnPropertyDescriptor(IDBTransaction.prototype, 'db').get;
  const databaseName = getOwnPropertyDescriptor(IDBDatabase.prototype, 'name').get;
  const resultOf = getOwnPropertyDescriptor(IDBRequest.prototype, 'result').get;
  const listen = root.EventTarget.prototype.addEventListener;
  const nameOf = (self) => apply(databaseName, apply(databaseOf, apply(transactionOf, self, []), []), []) + '/' + apply(storeName, self, []);

  const write = (how) => (target, self, args) => {
    const request = apply(target, self, args);
    const container = nameOf(self);
    const value = textOf(args[0]);
    const stack = stackNow();
    // The key may come from the value or a generator: the finished request knows it.
    apply(listen, request, ['success', () => {
      reportFrom(stack, 'indexed_db', ['write', container, textOf(apply(resultOf, request, [])), value, how]);
    }, { once: true }]);
    return request;
  };
  hookMethod(store, 'put', write('IDBObjectStore.put'));
  hookMethod(store, 'add', write('IDBObjectStore.add'));
  hookMethod(store, 'delete', (target, self, args) => {
    const request = apply(target, self, args);
    report('indexed_db', 'remove', nameOf(self), textOf(args[0]), null, 'IDBObjectStore.delete');
    return request;
  });
  hookMethod(store, 'clear', (target, self, args) => {
    const request = apply(target, self, args);
    report('indexed_db', 'remove', nameOf(self), '*', null, 'IDBObjectStore.clear');
    return request;
  });
  const cursor = IDBCursor.prototype;
  const sourceOf = getOwnPropertyDescriptor(cursor, 'source').get;
  const keyOf = getOwnPropertyDescriptor(cursor, 'primaryKey').get;
  const indexStore = getOwnPropertyDescriptor(IDBIndex.prototype, 'objectStore').get;
  const cursorStore = (self) => {
    const source = apply(sourceOf, self, []);
    return source instanceof IDBObjectStore_ ? source : apply(indexStore, source, []);
  };
  const IDBObjectStore_ = IDBObjectStore;
  hookMethod(cursor, 'update', (target, self, args) => {
    const request = apply(target, self, args);
    report('indexed_db', 'overwrite', nameOf(cursorStore(self)), textOf(apply(keyOf, self, [])), textOf(args[0]), 'IDBCursor.update');
    return request;
  });
  hookMethod(cursor, 'delete', (target, self, args) => {
    const request = apply(target, self, args);
    report('indexed_db', 'remove', nameOf(cursorStore(self)), textOf(apply(keyOf, self, [])), null, 'IDBCursor.delete');
    return request;
  });
  hookMethod(IDBFactory.prototype, 'deleteDatabase', (target, self, args) => {
    const request = apply(target, self, args);
    if (args.length > 0 && typeof args[0] !== 'object') report('indexed_db', 'remove', textOf(args[0]), '*', null, 'IDBFactory.deleteDatabase');
    return request;
  });
}
