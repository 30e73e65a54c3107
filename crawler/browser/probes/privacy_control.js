// Global Privacy Control, as its draft says: true in windows and workers. For browsers that have no such property of their own.
const navigators = (root.Navigator || root.WorkerNavigator).prototype;
if (!getOwnPropertyDescriptor(navigators, 'globalPrivacyControl')) {
  defineProperty(navigators, 'globalPrivacyControl', { get: wrapped(getOwnPropertyDescriptor(navigators, 'onLine').get, () => true), set: undefined, enumerable: true, configurable: true });
}
