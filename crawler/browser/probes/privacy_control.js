// Global Privacy Control, as its draft says: true in windows and workers. Chromium has no such property of its own.
const navigators = (root.Navigator || root.WorkerNavigator).prototype;
if (!getOwnPropertyDescriptor(navigators, 'globalPrivacyControl')) {
  defineProperty(navigators, 'globalPrivacyControl', { get: wrapped(getOwnPropertyDescriptor(navigators, 'onLine').get, () => true), set: undefined, enumerable: true, configurable: true });
}
