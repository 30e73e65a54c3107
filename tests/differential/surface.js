// Everything that a page can list of its own browser: each global, each prototype, each property with its flags, text,
// name and length, in order; and what each method says when it is called on the wrong thing, with its stack.
const text = (thing) => Function.prototype.toString.call(thing);
const named = (key) => (typeof key === 'symbol' ? key.toString() : key);
const aFunction = (thing) => [text(thing), thing.name, thing.length, Reflect.ownKeys(thing).map(named).join(), Object.isExtensible(thing), Object.prototype.toString.call(thing)];
const described = (owner) => Reflect.ownKeys(owner).filter((key) => !/^\d+$/.test(named(key))).map((key) => {
  const found = Object.getOwnPropertyDescriptor(owner, key);
  const flags = `${found.enumerable ? 'e' : ''}${found.configurable ? 'c' : ''}${found.writable ? 'w' : ''}`;
  if ('value' in found) return [named(key), flags, typeof found.value, typeof found.value === 'function' ? aFunction(found.value) : ''];
  return [named(key), flags, found.get ? aFunction(found.get) : '', found.set ? aFunction(found.set) : ''];
});
const said = (work) => {
  try {
    const value = work();
    if (value instanceof Promise) return value.then((one) => `kept ${typeof one}`, (error) => `rejected ${error.name}: ${error.message}`);
    return typeof value;
  } catch (error) {
    return stacked(error).split('\n').slice(0, 4).join('\n');
  }
};
const wrongly = async (prototype) => {
  const told = [];
  for (const key of Reflect.ownKeys(prototype)) {
    const found = Object.getOwnPropertyDescriptor(prototype, key);
    if (key === 'constructor') continue;
    for (const [how, call] of [['value', found.value], ['get', found.get], ['set', found.set]]) {
      if (typeof call !== 'function') continue;
      told.push([named(key), how, await said(() => Reflect.apply(call, {}, [])), await said(() => call()), await said(() => new call())]);
    }
  }
  return told;
};
const JAVASCRIPT = new Set(['Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Promise', 'Iterator', 'RegExp', 'Date', 'Symbol', 'Error']);
const survey = async (root, own) => {
  const globals = Reflect.ownKeys(root).filter((key) => typeof key === 'string' && !/^\d+$/.test(key) && !own.has(key));
  await check('order of globals', () => globals);
  await check('globals', () => described(root).filter(([name]) => !own.has(name)));
  for (const name of globals) {
    const found = Object.getOwnPropertyDescriptor(root, name);
    if (typeof found.value !== 'function' || found.value.prototype === undefined) continue;
    await check(`${name} itself`, () => described(found.value));
    await check(`${name} made`, () => described(found.value.prototype));
    if (!JAVASCRIPT.has(name)) await check(`${name} wrongly`, () => wrongly(found.value.prototype));
  }
};
