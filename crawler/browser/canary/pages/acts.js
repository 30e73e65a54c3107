// One of everything that the collectors look for. Each act is named as the channels that it tests say; what an engine
// cannot do is Unable, and is told to the server as such: a channel of which nothing can come is untested, not dead.
const third = `http://third.localhost:${location.port}`;
class Unable extends Error {}
const needs = (thing, name) => { if (thing === undefined || thing === null) throw new Unable(`this browser has no ${name}`); return thing; };
const first = (target, type) => new Promise((resolve, reject) => {
  target.addEventListener(type, resolve, { once: true });
  target.addEventListener('error', () => reject(new Error(`${type} did not come`)), { once: true });
});
const frame = (attributes) => {
  const element = Object.assign(document.createElement('iframe'), attributes);
  document.body.append(element);
  return element;
};
const heard = (name) => new Promise((resolve, reject) => {
  addEventListener('message', ({ data }) => { if (data && data.act === name) (data.error ? reject(new Unable(data.error)) : resolve()); });
});
const promised = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Of a page with a fragment in its address the browser tells DevTools no reports, and following a link sets one.
let back;
const isBack = new Promise((resolve) => { back = resolve; });
const acts = {
  cookie_script() { document.cookie = 'canary_script=1; Max-Age=60'; document.cookie = 'canary_gone=1'; document.cookie = 'canary_gone=; Max-Age=0'; },
  async cookie_store() { await needs(self.cookieStore, 'CookieStore').set('canary_store', '1'); },
  cookie_refused() { document.cookie = '__Host-canary=1'; },
  local_storage() { localStorage.setItem('canary', '1'); localStorage.canary_property = '1'; },
  // As Ruffle keeps a Flash shared object, with one text in it.
  flash_lso() { localStorage['canary.localhost//canary'] = 'AL8AAAAkVENTTwAEAAAAAAAGY2FuYXJ5AAAAAAACaWQCAAZjYW5hcnkA'; },
  session_storage() { sessionStorage.setItem('canary', '1'); },
  window_name() { window.name = 'canary'; },
  async indexed_db() {
    const opening = indexedDB.open('canary', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('store');
    const database = await promised(opening);
    await promised(database.transaction('store', 'readwrite').objectStore('store').put('1', 'canary'));
  },
  async cache_storage() { await (await needs(self.caches, 'CacheStorage').open('canary')).put('/canary', new Response('1')); },
  async opfs() { await (await needs(navigator.storage, 'StorageManager').getDirectory()).getFileHandle('canary', { create: true }); },
  async storage_bucket() {
    const bucket = await needs(navigator.storageBuckets, 'storage buckets').open('canary');
    const opening = bucket.indexedDB.open('in_bucket', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('store');
    await promised((await promised(opening)).transaction('store', 'readwrite').objectStore('store').put('1', 'canary_bucket'));
  },
  async shared_storage() { await needs(self.sharedStorage, 'Shared Storage').set('canary', '1'); },
  async image() { const image = new Image(); image.src = '/pixel?image'; await image.decode(); },
  async later() { await new Promise((resolve) => setTimeout(resolve, 5)); const image = new Image(); image.src = '/pixel?later'; await image.decode(); },
  async fetch() { await fetch(`${third}/nothing?fetch&signal=${navigator.globalPrivacyControl}`, { method: 'POST', headers: { 'x-canary': '1' }, body: JSON.stringify({ canary: 'field' }) }); },
  async keepalive() { await fetch('/nothing?keepalive', { keepalive: true, method: 'POST', body: 'canary=1' }); },
  fetch_later() { needs(self.fetchLater, 'fetchLater')('/nothing?deferred'); },
  async xhr() { const request = new XMLHttpRequest(); request.open('GET', '/nothing?xhr'); request.send(); await first(request, 'loadend'); },
  send_beacon() { navigator.sendBeacon('/nothing?beacon', 'canary=1'); },
  async link_ping() {
    const link = Object.assign(document.createElement('a'), { href: '#canary', ping: '/nothing?ping' });
    document.body.append(link);
    try {
      const there = first(self, 'hashchange');
      link.click();
      await there;
    } finally {
      history.replaceState(null, '', location.pathname);
      back();
    }
  },
  async redirect() { await fetch('/hop'); },
  async event_source() { const source = new EventSource('/events'); await first(source, 'message'); source.close(); },
  async web_socket() {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    await first(socket, 'open');
    socket.send('canary');
    socket.close();
  },
  async csp() {
    const told = new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => { if (event.effectiveDirective === 'img-src') resolve(); });
    });
    const image = new Image();
    image.src = 'http://refused.localhost:1/pixel';
    await told;
  },
  async reporting() {
    needs(self.ReportingObserver, 'Reporting API');
    await isBack;
    const told = new Promise((resolve) => {
      document.addEventListener('securitypolicyviolation', (event) => { if (event.effectiveDirective === 'media-src') resolve(); });
    });
    new Audio('data:,');
    await told;
  },
  async prefetch() {
    const link = Object.assign(document.createElement('link'), { rel: 'prefetch', href: '/prefetched' });
    document.head.append(link);
    await first(link, 'load');
  },
  async third_frame() { const told = heard('third_frame'); frame({ src: `${third}/frame` }); await told; },
  blank_frame() { frame({}).contentDocument.cookie = 'canary_blank=1'; },
  async srcdoc_frame() { const told = heard('srcdoc_frame'); frame({ srcdoc: '<script src="/srcdoc.js"></' + 'script>' }); await told; },
  async popup() { const told = heard('popup'); needs(window.open('/popup'), 'pop-up windows'); await told; },
  async worker() { await first(new Worker('/worker.js'), 'message'); },
  async shared_worker() {
    const worker = new (needs(self.SharedWorker, 'SharedWorker'))('/shared.js');
    const failed = new Promise((_, reject) => { worker.addEventListener('error', () => reject(new Error('the shared worker did not start'))); });
    const told = first(worker.port, 'message');
    worker.port.start();
    await Promise.race([told, failed]);
  },
  async service_worker() {
    const registration = await needs(navigator.serviceWorker, 'service workers').register('/service.js');
    const worker = registration.installing || registration.waiting || registration.active;
    while (worker.state === 'parsed' || worker.state === 'installing') await first(worker, 'statechange');
    if (worker.state === 'redundant') throw new Error('the service worker was not installed');
  },
  canvas() {
    const canvas = Object.assign(document.createElement('canvas'), { width: 200, height: 40 });
    const context = canvas.getContext('2d');
    context.fillStyle = '#f60'; context.fillRect(0, 0, 60, 20);
    context.fillStyle = '#069'; context.fillText('Canary reads this back', 2, 15);
    canvas.toDataURL();
  },
  webgl() {
    const context = needs(document.createElement('canvas').getContext('webgl'), 'WebGL');
    const names = needs(context.getExtension('WEBGL_debug_renderer_info'), 'unmasked renderer');
    context.getParameter(names.UNMASKED_VENDOR_WEBGL); context.getParameter(names.UNMASKED_RENDERER_WEBGL);
    context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, new Uint8Array(4));
    const lose = context.getExtension('WEBGL_lose_context');
    if (lose) lose.loseContext();
  },
  async audio() {
    const context = new (needs(self.OfflineAudioContext, 'OfflineAudioContext'))(1, 500, 44100);
    const oscillator = context.createOscillator();
    const compressor = context.createDynamicsCompressor();
    oscillator.connect(compressor); compressor.connect(context.destination); oscillator.start();
    (await context.startRendering()).getChannelData(0);
  },
  fonts() {
    const context = document.createElement('canvas').getContext('2d');
    for (let i = 0; i < 60; i += 1) { context.font = `12px canary${i}, monospace`; context.measureText('mmmm'); }
  },
  async webrtc() {
    const connection = new (needs(self.RTCPeerConnection, 'WebRTC'))({ iceServers: [] });
    connection.createDataChannel('canary');
    connection.onicecandidate = () => {};
    await connection.createOffer();
    connection.close();
  },
  async client_hints() { await needs(navigator.userAgentData, 'client hints').getHighEntropyValues(['architecture', 'bitness', 'model', 'platformVersion']); },
  navigator_reads() {
    for (const name of ['userAgent', 'platform', 'vendor', 'language', 'languages', 'hardwareConcurrency', 'deviceMemory', 'maxTouchPoints', 'plugins', 'mimeTypes', 'productSub', 'cookieEnabled', 'doNotTrack', 'pdfViewerEnabled']) void navigator[name];
    for (const name of ['width', 'height', 'availWidth', 'availHeight', 'colorDepth', 'pixelDepth']) void screen[name];
  },
  keystrokes() { document.getElementById('typed').addEventListener('keydown', () => {}); },
  session_recording() {
    new MutationObserver(() => {}).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    for (const type of ['mousemove', 'scroll', 'input', 'click']) document.addEventListener(type, () => {}, true);
  },
};

addEventListener('pagehide', () => navigator.sendBeacon('/nothing?pagehide', 'canary=1'));
const CAP = 3000;
// A browser without cookies does not even refuse these: it never answers.
const keeps = () => { try { return Boolean(localStorage); } catch { return false; } };
const SOONER = keeps() ? {} : { indexed_db: 500, storage_bucket: 500 };
(async () => {
  const did = {};
  let finished = false;
  // Keeps the page from being taken for done before it is. One long request would be taken for a stream.
  (async () => { while (!finished) await fetch('/wait'); })();
  await Promise.all(Object.entries(acts).map(async ([name, act]) => {
    const cap = SOONER[name] || CAP;
    const late = new Promise((_, reject) => { setTimeout(() => reject(new Error(`not done within ${cap / 1000} s`)), cap); });
    try {
      await Promise.race([act(), late]);
      did[name] = '';
    } catch (error) {
      // Whatever else went wrong may be our own doing: of such an act nothing is told, and its channels count as dead.
      if (error instanceof Unable) did[name] = error.message;
    }
  }));
  finished = true;
  await fetch('/did', { method: 'POST', body: JSON.stringify(did) });
})();
