// What every page of the differential test has: it keeps the page from being taken for done, notes errors, and tells
// the server what the page saw. Nothing of the browser is changed.
const results = {};
const errors = [];
addEventListener('error', (event) => errors.push(`error: ${event.message}`));
addEventListener('unhandledrejection', (event) => errors.push(`unhandled: ${event.reason}`));
let finished = false;
const hold = () => fetch('/wait').then(() => { if (!finished) hold(); });
if (self.document) hold();
const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const until = async (condition) => { while (!condition()) await wait(20); };
const stacked = (error) => `${error.name}: ${error.message}\n${String(error.stack)}`;
const check = async (name, work) => {
  try {
    const value = await work();
    results[name] = value === undefined ? 'undefined' : value;
  } catch (error) {
    results[name] = stacked(error);
  }
};
const promised = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const databases = async () => {
  const found = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await promised(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const kept = database.transaction(store).objectStore(store);
      found[`${name}/${store}`] = [await promised(kept.getAllKeys()), await promised(kept.getAll())];
    }
    database.close();
  }
  return found;
};
const finish = async () => {
  await wait(300); // requests that libraries leave running in the background
  await check('errors', () => errors);
  await check('cookies', () => document.cookie.split('; ').sort());
  await check('local storage', () => Object.entries({ ...localStorage }).sort());
  await check('session storage', () => Object.entries({ ...sessionStorage }).sort());
  await check('databases', databases);
  await check('markup', () => document.documentElement.outerHTML);
  await check('resources', () => performance.getEntriesByType('resource').filter((entry) => !entry.name.endsWith('/wait')).map((entry) => `${entry.initiatorType} ${entry.name}`).sort());
  await check('entries', () => performance.getEntries().filter((entry) => !['resource', 'paint', 'visibility-state', 'largest-contentful-paint', 'layout-shift', 'longtask', 'long-animation-frame', 'event', 'first-input'].includes(entry.entryType)).map((entry) => `${entry.entryType} ${entry.name}`));
  finished = true;
  await fetch('/results', { method: 'POST', body: JSON.stringify(results, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)) });
};
