// Three storage wrappers: over IndexedDB and Web Storage, over Web Storage alone, and over cookies.
(async () => {
  for (const driver of [localforage.INDEXEDDB, localforage.LOCALSTORAGE]) {
    const kept = localforage.createInstance({ name: `kept_${driver}`, driver });
    await check(`${driver} ready`, async () => { await kept.ready(); return [kept.driver(), kept.supports(driver)]; });
    await check(`${driver} values`, async () => {
      const told = [];
      for (const [key, value] of Object.entries({ text: 'ä', number: 1.5, none: null, list: [1, [2]], bytes: new Uint8Array([1, 2]), date: new Date(0), blob: new Blob(['x']) })) {
        const set = await kept.setItem(key, value);
        const got = await kept.getItem(key);
        told.push([key, Object.prototype.toString.call(set), Object.prototype.toString.call(got), got instanceof Blob ? await got.text() : got]);
      }
      return told;
    });
    await check(`${driver} keys`, async () => [await kept.keys(), await kept.length(), await kept.key(1)]);
    await check(`${driver} iterate`, async () => { const seen = []; await kept.iterate((value, key, number) => { seen.push([key, number]); }); return seen; });
    await check(`${driver} refused`, async () => { await kept.setItem('function', () => 1); });
    await check(`${driver} gone`, async () => { await kept.removeItem('text'); const gone = await kept.getItem('text'); return [gone, await kept.length()]; });
  }
  await check('drop', async () => { await localforage.createInstance({ name: 'dropped', storeName: 's' }).setItem('a', 1); await localforage.dropInstance({ name: 'dropped' }); return (await indexedDB.databases()).map(({ name }) => name).sort(); });
  await check('store2', () => {
    const told = [store('a', { b: [1] }), store('a'), store.has('a'), store.add('a', { c: 2 }), store.get('a'), store.transact('a', (one) => { one.d = 3; })];
    const space = store.namespace('own');
    space.set('k', 'v');
    store.session('s', 1);
    store.setAll({ x: 1, y: 2 });
    return [told, space.getAll(), store.session.getAll(), store.keys().sort(), store.size(), store.remove('x'), store.isFake(), store.each((key) => key === 'y' && false) !== undefined, store.clearAll !== undefined];
  });
  await check('cookies', () => {
    const told = [Cookies.set('plain', 'a b;c'), Cookies.get('plain'), Cookies.set('days', { some: 'thing' }, { expires: 7, path: '', sameSite: 'strict' }), Cookies.get('days'), Cookies.get()];
    const own = Cookies.withAttributes({ path: '/' }).withConverter({ write: (value) => `-${value}-` });
    own.set('own', 'x');
    return [told.map((one) => (typeof one === 'string' ? one.replace(/expires=[^;]+/, 'expires') : one)), own.get('own'), Cookies.remove('plain'), document.cookie.split('; ').sort()];
  });
  await finish();
})();
