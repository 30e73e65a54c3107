// What all probes share: the way out, and wrapping without a trace. Runs before any script of the page.
// Everything is taken from the realm now: later the page may have replaced it.
const { apply, construct, get, getOwnPropertyDescriptor, set, deleteProperty, defineProperty, getPrototypeOf } = Reflect;
const { stringify } = JSON;
const String_ = String;
const Error_ = Error;
const Proxy_ = Proxy;
const TypeError_ = TypeError;
const enqueue = root.queueMicrotask;
const mapGet = WeakMap.prototype.get;
const mapSet = WeakMap.prototype.set;
const weakMap = WeakMap;
const href = root.location ? getOwnPropertyDescriptor(root.location, 'href') || getOwnPropertyDescriptor(getPrototypeOf(root.location), 'href') : undefined;
const where = root.location;
const SECRET = Symbol.for(KEY);

const BATCH = 100;
let waiting = '';
let count = 0;
let scheduled = false;

function flush() {
  scheduled = false;
  if (count === 0) return;
  const text = '[' + stringify(href ? apply(href.get, where, []) : '') + ',' + stringify(root.origin || '') + ',[' + waiting + ']]';
  waiting = '';
  count = 0;
  apply(send, root, [text]);
}

// Texts and numbers only: JSON.stringify of a primitive never looks at anything that the page can change.
function report(kind, ...fields) {
  reportFrom(stackNow(), kind, fields);
}

function reportFrom(stack, kind, fields) {
  let text = '[' + stringify(kind) + ',' + stringify(stack);
  for (let i = 0; i < fields.length; i += 1) {
    const field = fields[i];
    text += ',' + (field === undefined || field === null ? 'null' : stringify(field));
  }
  waiting += (count === 0 ? '' : ',') + text + ']';
  count += 1;
  if (count >= BATCH) {
    flush();
  } else if (!scheduled) {
    scheduled = true;
    apply(enqueue, root, [flush]);
  }
}

// The page may have set its own limit or formatter; both are put back within the same call, so it never notices.
function stackNow(depth = 50) {
  const limit = getOwnPropertyDescriptor(Error_, 'stackTraceLimit');
  const formatter = getOwnPropertyDescriptor(Error_, 'prepareStackTrace');
  const changeable = (found) => found !== undefined && found.configurable && 'value' in found;
  if (formatter !== undefined && !changeable(formatter)) return '';
  if (formatter !== undefined) deleteProperty(Error_, 'prepareStackTrace');
  if (limit === undefined || changeable(limit)) {
    defineProperty(Error_, 'stackTraceLimit', { value: depth, writable: true, enumerable: true, configurable: true });
  }
  const text = new Error_().stack;
  if (formatter !== undefined) defineProperty(Error_, 'prepareStackTrace', formatter);
  if (limit === undefined) deleteProperty(Error_, 'stackTraceLimit');
  else if (changeable(limit)) defineProperty(Error_, 'stackTraceLimit', limit);
  return typeof text === 'string' ? text : '';
}

// What stands behind one of our proxies, of this realm or another one.
function real(thing) {
  if (thing === null || (typeof thing !== 'object' && typeof thing !== 'function')) return thing;
  const behind = thing[SECRET];
  return behind === undefined ? thing : behind;
}

// A native function with something beside it. `call(target, self, args)` must call the target itself.
function wrapped(native, call) {
  const proxy = new Proxy_(native, {
    apply(target, self, args) {
      try {
        return call(target, self, args);
      } catch (error) {
        cleanse(error);
        throw error;
      }
    },
    get(target, key, receiver) {
      return key === SECRET ? target : get(target, key, receiver === proxy ? target : receiver);
    },
  });
  return proxy;
}

// An error that a native throws holds our own calls in its stack, and for each of them one of the page's less. Where
// the page formats stacks itself they stay: only its own code could read the frames.
const stackOf = getOwnPropertyDescriptor(new Error_(), 'stack').get;
const indexOf = String_.prototype.indexOf;
const slice = String_.prototype.slice;
const FRAME = '\n    at ';
const framesOf = (text) => {
  const frames = [];
  let at = apply(indexOf, text, [FRAME]);
  while (at >= 0) {
    const next = apply(indexOf, text, [FRAME, at + 1]);
    frames[frames.length] = apply(slice, text, next < 0 ? [at] : [at, next]);
    at = next;
  }
  return frames;
};
const isOurs = (frame) => apply(indexOf, frame, [KEY]) >= 0;
// Also what we called ourselves: `at String (<anonymous>)`.
const isOurDoing = (frames, at) => {
  let behind = at;
  while (behind < frames.length - 1 && apply(indexOf, frames[behind], ['(<anonymous>)']) >= 0) behind += 1;
  return isOurs(frames[behind]);
};
function cleanse(error) {
  if (error === null || typeof error !== 'object' || stackOf === undefined || getOwnPropertyDescriptor(Error_, 'prepareStackTrace') !== undefined) return;
  const found = getOwnPropertyDescriptor(error, 'stack');
  if (found === undefined || found.get !== stackOf) return;
  const text = apply(stackOf, error, []);
  if (typeof text !== 'string' || !isOurs(text)) return;
  const frames = framesOf(text);
  let last = frames.length - 1;
  while (last >= 0 && !isOurs(frames[last])) last -= 1;
  if (last < 0) return;
  let clean = apply(slice, text, [0, apply(indexOf, text, [FRAME])]);
  const limit = Error_.stackTraceLimit;
  let left = typeof limit === 'number' ? limit : 0;
  for (let i = 0; i < last && left > 0; i += 1) {
    if (!isOurDoing(frames, i)) { clean += frames[i]; left -= 1; }
  }
  const outer = framesOf(stackNow(left + 20));
  for (let i = 0; i < outer.length && left > 0; i += 1) {
    if (!isOurs(outer[i])) { clean += outer[i]; left -= 1; }
  }
  error.stack = clean;
}

function hookMethod(owner, name, call) {
  const found = owner === undefined ? undefined : getOwnPropertyDescriptor(owner, name);
  if (found === undefined || typeof found.value !== 'function') return undefined;
  defineProperty(owner, name, { ...found, value: wrapped(found.value, call) });
  return found.value;
}

function hookAccessor(owner, name, { getter, setter }) {
  const found = owner === undefined ? undefined : getOwnPropertyDescriptor(owner, name);
  if (found === undefined || found.get === undefined) return undefined;
  defineProperty(owner, name, {
    ...found,
    get: getter === undefined ? found.get : wrapped(found.get, getter),
    set: setter === undefined || found.set === undefined ? found.set : wrapped(found.set, setter),
  });
  return found;
}

// Natives accept only the real thing; a foreign realm's proxy arrives here as `self`.
function onReal(target, self, args) {
  try {
    return apply(target, self, args);
  } catch (error) {
    const behind = real(self);
    if (behind === self) throw error;
    return apply(target, behind, args);
  }
}

// A proxy prints as an anonymous native function; the original prints its name.
hookMethod(Function.prototype, 'toString', (target, self, args) => {
  const text = apply(target, self, args);
  return text === 'function () { [native code] }' ? apply(target, real(self), args) : text;
});

// Text of a value as it was stored, read without running any code of the page: data properties only.
const LONGEST = 65536;
function textOf(value) {
  if (value === undefined) return 'undefined';
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') return apply(toText, undefined, [value]);
  if (typeof value !== 'object' || value === null) return stringify(value);
  let budget = 2000;
  function write(part, depth) {
    budget -= 1;
    if (budget < 0 || depth > 8) return '"…"';
    if (part === null || typeof part !== 'object') {
      if (typeof part === 'bigint') return stringify(apply(toText, undefined, [part]));
      const plain = stringify(part);
      return plain === undefined ? 'null' : plain;
    }
    const list = apply(isArray, undefined, [part]);
    const keys = apply(ownKeys, undefined, [part]);
    let text = '';
    for (let i = 0; i < keys.length; i += 1) {
      const found = getOwnPropertyDescriptor(part, keys[i]);
      if (found !== undefined && found.enumerable && 'value' in found) {
        text += (text === '' ? '' : ',') + (list ? '' : stringify(keys[i]) + ':') + write(found.value, depth + 1);
        if (text.length > LONGEST) break;
      }
    }
    return list ? '[' + text + ']' : '{' + text + '}';
  }
  return write(value, 0);
}
const toText = String_;
const isArray = Array.isArray;
const ownKeys = Object.keys;

// DevTools' messages wait in the renderer until a task ends, and the session is cut before the last one does: all that
// happens on leaving would be lost. A report pushes out what waits, so one is made after each event of leaving. The
// listeners are added at the last moment, so that they come after the page's own.
if (root.document && root.addEventListener) {
  const listen = root.EventTarget.prototype.addEventListener;
  const push = () => {
    if (count === 0) apply(send, root, ['["","",[]]']);
    else flush();
  };
  apply(listen, root, ['pagehide', () => {
    apply(listen, root, ['visibilitychange', push]);
    apply(listen, root, ['unload', push]);
  }]);
}
