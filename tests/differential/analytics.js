// Segment's analytics client: settings from its server, events out, identity in cookies and storage.
(async () => {
  const analytics = AnalyticsNext.AnalyticsBrowser.load(
    { writeKey: 'key', cdnURL: location.origin },
    { integrations: { 'Segment.io': { apiHost: `${location.host}/v1`, protocol: 'http' } }, initialPageview: false },
  );
  const sent = [];
  analytics.on('track', (event, properties) => sent.push(['track', event, properties]));
  analytics.on('identify', (user, traits) => sent.push(['identify', user, traits]));
  await check('ready', async () => { await analytics.ready(); });
  await check('page', async () => (await analytics.page('Shop', 'Basket', { items: 3 })).event);
  await check('identify', async () => (await analytics.identify('user-1', { email: 'someone@example.com' })).event);
  await check('track', async () => (await analytics.track('Ordered', { revenue: 9.5, list: [1, { a: null }] })).event);
  await check('group', async () => (await analytics.group('group-1', { size: 2 })).event);
  await check('alias', async () => (await analytics.alias('user-2', 'user-1')).event);
  await check('user', async () => { const user = await analytics.user(); return [user.id(), user.traits(), typeof user.anonymousId()]; });
  await check('middleware', async () => {
    await analytics.addSourceMiddleware(({ payload, next }) => { payload.obj.properties.added = true; next(payload); });
    return (await analytics.track('Changed')).event.properties;
  });
  await check('sent', () => sent);
  await check('reset', async () => { await analytics.reset(); return Object.keys(localStorage).sort(); });
  await finish();
})();
