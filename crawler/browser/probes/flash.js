// Flash markup, also where a script puts it into the page and takes it out again: no later look would show it.
if (root.document && root.MutationObserver && root.Element) {
  const getter = (owner, name) => getOwnPropertyDescriptor(owner.prototype, name).get;
  const addedNodes = getter(MutationRecord, 'addedNodes');
  const lengthOf = getter(NodeList, 'length');
  const typeOf = getter(Node, 'nodeType');
  const localName = getter(Element, 'localName');
  const markup = getter(Element, 'outerHTML');
  const hasElements = getter(Element, 'firstElementChild');
  const find = Element.prototype.querySelectorAll;
  const told = new weakMap();
  const tell = (element) => {
    if (apply(mapGet, told, [element])) return;
    apply(mapSet, told, [element, true]);
    report('flash', apply(slice, apply(markup, element, []), [0, 3000]));
  };
  const look = (records) => {
    for (let i = 0; i < records.length; i += 1) {
      const nodes = apply(addedNodes, records[i], []);
      const count = apply(lengthOf, nodes, []);
      for (let j = 0; j < count; j += 1) {
        const node = nodes[j];
        if (apply(typeOf, node, []) !== 1) continue;
        const name = apply(localName, node, []);
        if (name === 'object' || name === 'embed') tell(node);
        if (apply(hasElements, node, []) === null) continue;
        const inside = apply(find, node, ['object,embed']);
        const more = apply(lengthOf, inside, []);
        for (let k = 0; k < more; k += 1) tell(inside[k]);
      }
    }
  };
  apply(MutationObserver.prototype.observe, new MutationObserver(look), [root.document, { childList: true, subtree: true }]);
}
