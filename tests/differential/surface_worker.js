const told = (async () => {
  await survey(self, new Set(['results', 'errors', 'told', 'finished']));
  await check('reads', () => [navigator.userAgent, navigator.language, navigator.hardwareConcurrency, typeof navigator.storage]);
  return results;
})();
if (self.postMessage) told.then((results) => postMessage(results));
else self.onconnect = ({ ports: [port] }) => told.then((results) => port.postMessage(results));
