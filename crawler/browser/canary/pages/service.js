addEventListener('install', (event) => {
  const cookie = self.cookieStore ? cookieStore.set('canary_service', '1') : Promise.resolve();
  event.waitUntil(cookie.then(() => fetch('/nothing?service&signal=' + navigator.globalPrivacyControl)));
});
