(async () => {
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const plain = new Set(Reflect.ownKeys(frame.contentWindow));
  const own = new Set(Reflect.ownKeys(window).filter((key) => !plain.has(key)));
  // Only these differ between a page and a blank frame for reasons of their own.
  for (const name of ['results', 'errors', 'finished']) own.add(name);
  await check('beside a blank frame', () => [...own].map(String).sort());
  await survey(window, own);
  for (const name of ['navigator', 'screen', 'history', 'location', 'document', 'performance', 'localStorage', 'sessionStorage', 'cookieStore', 'indexedDB', 'caches', 'crypto']) {
    await check(`own of ${name}`, () => described(window[name]));
    await check(`class of ${name}`, () => [String(window[name] && window[name].toString === Object.prototype.toString), Object.prototype.toString.call(window[name]), typeof window[name]]);
  }
  await check('state', () => [document.readyState !== '', history.length, window.name, document.hasFocus(), document.visibilityState, navigator.webdriver, innerWidth, innerHeight, devicePixelRatio, Object.keys(window.chrome || {})]);
  await check('depth', () => {
    const deeper = (left) => (left === 0 ? localStorage.setItem() : deeper(left - 1));
    deeper(20);
  });
  await check('few frames', () => { Error.stackTraceLimit = 2; try { document.createElement('canvas').getContext('2d').fillText(); } finally { Error.stackTraceLimit = 10; } });
  await check('no frames', () => { Error.stackTraceLimit = 0; try { addEventListener(); } finally { Error.stackTraceLimit = 10; } });
  await check('thrown within', () => { localStorage.setItem({ toString() { throw new Error('from the page'); } }, ''); });
  await check('thrown by a listener', () => {
    let stack = '';
    addEventListener('own', { get handleEvent() { stack = new Error('seen').stack; return () => {}; } });
    dispatchEvent(new Event('own'));
    return stack;
  });
  await check('unhandled', async () => {
    caches.open(Symbol('no name')).catch(() => {});
    caches.open({ toString() { throw new Error('nobody catches this'); } });
    await wait(20);
    cookieStore.set({ name: 'bad', value: '1', domain: 'other.test' });
    await wait(50);
    return errors;
  });
  const worker = new Worker('/worker.js');
  results.worker = await new Promise((resolve) => { worker.onmessage = (event) => resolve(event.data); });
  const shared = new SharedWorker('/worker.js');
  results['shared worker'] = await new Promise((resolve) => { shared.port.onmessage = (event) => resolve(event.data); });
  await finish();
})();
