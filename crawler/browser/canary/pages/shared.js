addEventListener('connect', ({ ports: [port] }) => {
  const ask = () => fetch('/nothing?shared&signal=' + navigator.globalPrivacyControl).then(() => port.postMessage('done'));
  try {
    const opening = indexedDB.open('shared', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('store').put('1', 'canary_shared');
    opening.onsuccess = opening.onerror = ask;
  } catch {
    ask(); // a browser that keeps nothing still sends requests
  }
});
