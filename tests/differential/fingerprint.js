// A fingerprint library: every one of its sources with its value, and the identifier made of them.
(async () => {
  await check('fingerprint', async () => {
    const agent = await FingerprintJS.load({ monitoring: false });
    const found = await agent.get();
    const sources = {};
    for (const [name, source] of Object.entries(found.components)) sources[name] = 'error' in source ? stacked(source.error) : source.value;
    return [found.visitorId, found.confidence, sources];
  });
  await finish();
})();
