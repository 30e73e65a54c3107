// What the page's consent platforms say through their own documented APIs. Only reads; runs in the page's world, where
// the APIs are. Each answer is plain data; a platform that throws or never answers is left out.
async () => {
  const out = {};
  const plain = (value) => JSON.parse(JSON.stringify(value, (key, one) => (one instanceof Set ? [...one] : one instanceof Map ? Object.fromEntries(one) : one)));
  const within = (promise) => Promise.race([promise, new Promise((done) => setTimeout(() => done(undefined), 300))]);
  const ask = async (name, read) => {
    try {
      const value = await within(Promise.resolve(read()));
      if (value !== undefined && value !== null) out[name] = plain(value);
    } catch (error) {
      out[name + ':error'] = String(error).slice(0, 200);
    }
  };
  const call = (api, ...before) => new Promise((done) => api(...before, (data, ok) => done(ok === false ? undefined : data)));
  const asked = [];
  if (typeof __tcfapi === 'function')
    asked.push(ask('tcf', () => new Promise((done) => __tcfapi('addEventListener', 2, (data, ok) => {
      if (!ok || !data) return done(undefined);
      if (data.listenerId !== undefined && data.listenerId !== null) __tcfapi('removeEventListener', 2, () => {}, data.listenerId);
      done({ tcString: data.tcString, eventStatus: data.eventStatus, cmpStatus: data.cmpStatus, gdprApplies: data.gdprApplies, cmpId: data.cmpId });
    }))));
  if (typeof __gpp === 'function')
    asked.push(ask('gpp', () => new Promise((done) => __gpp('ping', (data) => done(data && { gppString: data.gppString, signalStatus: data.signalStatus, applicableSections: data.applicableSections })))));
  if (typeof __uspapi === 'function') asked.push(ask('usp', () => call(__uspapi, 'getUSPData', 1)));
  if (typeof OnetrustActiveGroups === 'string' || typeof OneTrust === 'object')
    asked.push(ask('onetrust', () => ({
      groups: typeof OnetrustActiveGroups === 'string' ? OnetrustActiveGroups : null,
      closed: typeof OneTrust === 'object' && OneTrust.IsAlertBoxClosed ? OneTrust.IsAlertBoxClosed() : null,
      all: typeof OneTrust === 'object' && OneTrust.GetDomainData ? (OneTrust.GetDomainData().Groups || []).map((g) => ({ id: g.CustomGroupId || g.OptanonGroupId, status: g.Status })) : [],
    })));
  if (typeof Cookiebot === 'object' && Cookiebot && Cookiebot.consent)
    asked.push(ask('cookiebot', () => ({ consent: { necessary: Cookiebot.consent.necessary, preferences: Cookiebot.consent.preferences, statistics: Cookiebot.consent.statistics, marketing: Cookiebot.consent.marketing }, answered: Cookiebot.hasResponse, declined: Cookiebot.declined })));
  if (typeof Didomi === 'object' && Didomi)
    asked.push(ask('didomi', () => {
      const status = (Didomi.getCurrentUserStatus || Didomi.getUserStatus || (() => undefined)).call(Didomi);
      if (!status) return undefined;
      const purposes = status.purposes || {};
      return { enabled: purposes.global ? purposes.global.enabled : Object.values(purposes).filter((p) => p.enabled).map((p) => p.id), disabled: purposes.global ? purposes.global.disabled : Object.values(purposes).filter((p) => p.enabled === false).map((p) => p.id), answered: Didomi.isUserStatusPartial ? !Didomi.isUserStatusPartial() : null, essential: Didomi.getRequiredPurposes ? Didomi.getRequiredPurposes().filter((p) => p.essential || p.isEssential).map((p) => p.id) : [] };
    }));
  if (typeof UC_UI === 'object' && UC_UI && UC_UI.getServicesBaseInfo)
    asked.push(ask('usercentrics', () => ({ services: UC_UI.getServicesBaseInfo().map((s) => ({ name: s.name || s.dataProcessor, status: s.consent && s.consent.status, essential: s.isEssential })), answered: UC_UI.isConsentRequired ? !UC_UI.isConsentRequired() : null })));
  if (typeof __ucCmp === 'object' && __ucCmp && __ucCmp.getConsentDetails)
    asked.push(ask('usercentrics_v3', async () => {
      const details = await __ucCmp.getConsentDetails();
      return { services: Object.values(details.services || {}).map((s) => ({ name: s.name, status: s.consent && s.consent.given, essential: s.essential })), status: details.consent && details.consent.status, type: details.consent && details.consent.type };
    }));
  if (typeof klaro === 'object' && klaro && klaro.getManager)
    asked.push(ask('klaro', () => { const m = klaro.getManager(); return { consents: m.consents, confirmed: m.confirmed, required: (m.config.services || []).filter((s) => s.required).map((s) => s.name) }; }));
  if (typeof tarteaucitron === 'object' && tarteaucitron && tarteaucitron.state) asked.push(ask('tarteaucitron', () => ({ state: tarteaucitron.state })));
  if (typeof Osano === 'object' && Osano && Osano.cm && Osano.cm.getConsent) asked.push(ask('osano', () => ({ consent: Osano.cm.getConsent() })));
  if (typeof CookieConsent === 'object' && CookieConsent && CookieConsent.getUserPreferences) asked.push(ask('orestbida', () => ({ preferences: CookieConsent.getUserPreferences(), valid: CookieConsent.validConsent && CookieConsent.validConsent() })));
  if (typeof getCkyConsent === 'function') asked.push(ask('cookieyes', () => getCkyConsent()));
  if (typeof cmplz_has_consent === 'function') asked.push(ask('complianz', () => Object.fromEntries(['functional', 'preferences', 'statistics', 'marketing'].map((c) => [c, cmplz_has_consent(c)]))));
  if (typeof BorlabsCookie === 'object' && BorlabsCookie && BorlabsCookie.Consents && BorlabsCookie.Consents.getConsents) asked.push(ask('borlabs', () => BorlabsCookie.Consents.getConsents()));
  if (typeof Shopify === 'object' && Shopify && Shopify.customerPrivacy && Shopify.customerPrivacy.currentVisitorConsent) asked.push(ask('shopify', () => Shopify.customerPrivacy.currentVisitorConsent()));
  const entries = (list) => list.filter((e) => e && e[0] === 'consent' && (e[1] === 'default' || e[1] === 'update')).map((e) => ({ command: e[1], state: e[2] }));
  const layers = [...new Set([window.dataLayer, ...Object.keys(window).filter((k) => /^(dataLayer|gtmDataLayer|dl)\w*$/.test(k)).map((k) => window[k])])].filter(Array.isArray);
  asked.push(ask('consent_mode', () => { const found = layers.flatMap(entries); return found.length ? { entries: found.slice(-40) } : undefined; }));
  if (typeof google_tag_data === 'object' && google_tag_data && google_tag_data.ics && google_tag_data.ics.entries)
    asked.push(ask('google_ics', () => Object.fromEntries(Object.entries(google_tag_data.ics.entries).map(([type, e]) => [type, { default: e.default, update: e.update, declare: e.declare, implicit: e.implicit }]))));
  asked.push(ask('gpc', () => (navigator.globalPrivacyControl === undefined ? undefined : { value: navigator.globalPrivacyControl })));
  await Promise.all(asked);
  return out;
}
