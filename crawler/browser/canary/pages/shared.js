addEventListener('connect', ({ ports: [port] }) => {
  const opening = indexedDB.open('shared', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('store').put('1', 'canary_shared');
  opening.onsuccess = () => fetch('/nothing?shared').then(() => port.postMessage('done'));
});
