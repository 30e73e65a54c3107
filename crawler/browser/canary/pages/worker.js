const opening = indexedDB.open('worker', 1);
opening.onupgradeneeded = () => opening.result.createObjectStore('store').put('1', 'canary_worker');
opening.onsuccess = () => fetch('/nothing?worker').then(() => postMessage('done'));
