// A consent platform: banner, settings, a choice, its record, and scripts that wait for it.
(async () => {
  const told = [];
  const note = (name) => ({ cookie, changedCategories }) => told.push([name, cookie && cookie.categories, changedCategories]);
  await check('run', async () => {
    await CookieConsent.run({
      onFirstConsent: note('first'), onConsent: note('consent'), onChange: note('change'), onModalShow: ({ modalName }) => told.push(['show', modalName]),
      categories: { necessary: { enabled: true, readOnly: true }, analytics: { autoClear: { cookies: [{ name: /^_t/ }] } }, ads: {} },
      language: { default: 'en', translations: { en: {
        consentModal: { title: 'Cookies', description: 'We ask.', acceptAllBtn: 'Accept all', acceptNecessaryBtn: 'Reject all', showPreferencesBtn: 'Settings' },
        preferencesModal: { title: 'Settings', acceptAllBtn: 'Accept all', acceptNecessaryBtn: 'Reject all', savePreferencesBtn: 'Save', sections: [
          { title: 'Needed', linkedCategory: 'necessary' }, { title: 'Counting', linkedCategory: 'analytics' }, { title: 'Ads', linkedCategory: 'ads' }] } } } },
    });
  });
  await check('before', () => [CookieConsent.validConsent(), CookieConsent.getUserPreferences(), CookieConsent.getCookie()]);
  document.cookie = '_tracker=1';
  await check('settings', async () => { CookieConsent.showPreferences(); await until(() => document.documentElement.classList.contains('show--preferences')); return document.querySelectorAll('#cc-main input').length; });
  await check('some', () => { CookieConsent.acceptCategory(['analytics']); return [CookieConsent.getUserPreferences(), CookieConsent.acceptedCategory('analytics')]; });
  await check('none', () => { CookieConsent.acceptCategory([]); return [CookieConsent.getUserPreferences(), CookieConsent.getCookie('categories')]; });
  await check('waiting script', async () => { CookieConsent.acceptCategory('all'); await until(() => window.waited); return window.waited; });
  await check('data', () => [CookieConsent.setCookieData({ value: { kept: 1 } }), CookieConsent.getCookie('data')]);
  await check('load', () => CookieConsent.loadScript('/late.js', { id: 'late' }));
  await check('told', () => told);
  await check('reset', () => { CookieConsent.reset(true); return document.cookie; });
  await finish();
})();
