const ask = () => fetch('/nothing?worker&signal=' + navigator.globalPrivacyControl).then(() => postMessage('done'));
try {
  const opening = indexedDB.open('worker', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('store').put('1', 'canary_worker');
  opening.onsuccess = opening.onerror = ask;
} catch {
  ask(); // a browser that keeps nothing still sends requests
}
