// What is pushed to data layers and to the queues in which tags wait for their library: when, and by which script.
// Only in the page's own document. `push` stays the native one to whoever looks; values are read without running code.
if (root.document && root.top === root) {
  const LAYERS = ['dataLayer', 'adobeDataLayer'];
  // Commands that are told, and whether with their state; others carry what visitors typed.
  const COMMANDS = { __proto__: null, consent: true, consentv2: true, dataProcessingOptions: true, init: false };
  const MOST = 1000;
  const FEW = 20000;
  const born = performance.timeOrigin;
  let told = 0;
  const own = (owner, name) => {
    if (owner === null || (typeof owner !== 'object' && typeof owner !== 'function')) return undefined;
    const found = getOwnPropertyDescriptor(owner, name);
    return found === undefined ? undefined : found.value;
  };
  // Told at once, not at the end of the task: the order of pushes and requests is what matters here.
  const tell = (...fields) => {
    told += 1;
    apply(report, undefined, fields);
    flush();
  };
  const { slice } = String.prototype;
  const word = (value) => (typeof value === 'string' || typeof value === 'number' ? apply(slice, `${value}`, [0, 80]) : null);
  const command = (tag, one, two, three) => {
    if (COMMANDS[one] === undefined) return;
    const state = !COMMANDS[one] ? undefined : typeof three === 'object' ? three : typeof two === 'object' ? two : undefined;
    tell('tag_command', tag, word(one), word(two), state === undefined ? null : apply(slice, textOf(state), [0, 400]));
  };
  // Looking a list up costs a quarter of a microsecond. On pages that push all the time, one in sixteen is looked up.
  let looked = 0;
  let known;
  const note = (list, entry, args) => {
    if (list !== known) {
      looked += 1;
      if (looked > FEW && looked % 16 !== 0) return;
    }
    for (let i = 0; i < LAYERS.length; i += 1) {
      if (own(root, LAYERS[i]) === list) {
        known = list;
        tell('layer_push', LAYERS[i], born, own(list, 'length'), args.length);
        return;
      }
    }
    const first = own(entry, '0');
    if (typeof first !== 'string') return;
    const tag = own(own(root, 'fbq'), 'queue') === list ? 'fbq' : own(own(root, 'clarity'), 'q') === list ? 'clarity' : undefined;
    if (tag === undefined) return;
    command(tag, first, own(entry, '1'), own(entry, '2'));
  };
  hookMethod(Array.prototype, 'push', (target, self, args) => {
    const entry = args[0];
    if (typeof entry === 'object') {
      if (entry !== null && told < MOST) note(self, entry, args);
    } else if (entry === 'consent' && told < MOST && own(root, 'uetq') === self) {
      command('uetq', entry, args[1], args[2]);
    }
    return apply(target, self, args);
  });
  // Frameworks of consent strings must be there before any tag asks them: at the latest once the markup is read.
  apply(root.EventTarget.prototype.addEventListener, root.document, ['DOMContentLoaded', () => {
    report('markup_read', born, typeof own(root, '__tcfapi') === 'function');
  }]);
}
