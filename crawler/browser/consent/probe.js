// Reads consent interfaces: what controls there are, how they look, and when something changes.
// Runs in an isolated world (same DOM, own globals), so the page can neither see nor patch it. It never clicks.
() => {
  if (globalThis.consentinel) return;
  const CONTROLS =
    'button, a, input[type=button], input[type=submit], input[type=checkbox], input[type=radio], summary, ' +
    '[role=button], [role=link], [role=switch], [role=checkbox], [role=radio], [role=menuitem], [onclick], [tabindex]';
  const DIALOG = 'dialog, [role=dialog], [role=alertdialog], [aria-modal=true]';
  const HINT = /cookie|consent|gdpr|ccpa|cmp\b|privacy|cybot|onetrust|didomi|usercentrics|tarteaucitron/i;
  const CONTENT = 'main, [role=main], article';
  const LONGEST = 12000;
  const elements = [];
  const places = new WeakMap();
  const keep = (element) => {
    if (!places.has(element)) places.set(element, elements.push(element) - 1);
    return places.get(element);
  };

  // Closed shadow roots, which only DevTools can open for us: host → root.
  const closed = new Map();
  const admit = (root) => { closed.set(root.host, root); };
  const shadow = (element) => element.shadowRoot || closed.get(element) || null;
  const roots = () => {
    const found = [document];
    for (let i = 0; i < found.length && i < 200; i++)
      for (const element of found[i].querySelectorAll('*')) if (shadow(element)) found.push(shadow(element));
    return found;
  };
  const parent = (node) => node.assignedSlot || node.parentElement || (node.parentNode && node.parentNode.host) || null;
  const query = (selector, all) => {
    const found = [];
    for (const root of all) {
      try {
        found.push(...root.querySelectorAll(selector));
      } catch {
        return found; // not a selector this browser knows
      }
    }
    return found;
  };

  const rectangle = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x, y, width, height };
  };
  const visible = (element) => {
    if (!element.isConnected) return false;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true })) return false;
    const { x, y, width, height } = element.getBoundingClientRect();
    if (width < 2 || height < 2) return [...element.children].some((child) => visible(child));
    if (x + width <= 0 || x >= innerWidth) return false;
    const pinned = fixed(element);
    if (pinned) return y + height > 0 && y < innerHeight;
    return y + height + scrollY > 0;
  };
  const fixed = (element) => {
    for (let at = element; at; at = parent(at)) if (getComputedStyle(at).position === 'fixed') return at;
    return null;
  };

  const words = (element) => (element.innerText ?? element.textContent ?? '').replace(/\s+/g, ' ').trim();
  const textOf = (container) => {
    // innerText stops at shadow roots
    let text = words(container);
    for (const host of [container, ...container.querySelectorAll('*')])
      if (shadow(host)) text += ' ' + [...shadow(host).children].filter((child) => child.localName !== 'style').map((child) => textOf(child)).join(' ');
    return text.trim();
  };
  const nameOf = (element) => {
    const by = element.getAttribute('aria-labelledby');
    if (by) {
      const root = element.getRootNode();
      const named = by.split(/\s+/).map((id) => root.getElementById?.(id)).filter(Boolean).map(words).join(' ').trim();
      if (named) return named;
    }
    const label = element.getAttribute('aria-label');
    if (label && label.trim()) return label.trim();
    if (element.localName === 'input' && /button|submit/.test(element.type)) return element.value;
    const labels = element.labels ? [...element.labels].map(words).join(' ').trim() : '';
    if (labels) return labels;
    const own = words(element);
    if (own) return own;
    const image = element.querySelector('img[alt], svg title');
    return (image && (image.getAttribute('alt') || image.textContent)) || element.getAttribute('title') || '';
  };

  const numbers = (colour) => {
    const found = colour.match(/[\d.]+/g);
    if (!found) return [0, 0, 0, 0];
    const [r, g, b, a = 1] = found.map(Number);
    return [r, g, b, a];
  };
  const over = (top, under) => {
    const alpha = top[3] + under[3] * (1 - top[3]);
    if (!alpha) return [0, 0, 0, 0];
    return [0, 1, 2].map((i) => (top[i] * top[3] + under[i] * under[3] * (1 - top[3])) / alpha).concat(alpha);
  };
  const background = (element) => {
    let colour = [0, 0, 0, 0];
    for (let at = element; at && colour[3] < 0.999; at = parent(at)) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== 'none' && /url\(|gradient/.test(style.backgroundImage)) return null; // not one colour
      colour = over(colour, numbers(style.backgroundColor));
    }
    return over(colour, [255, 255, 255, 1]);
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (element) => {
    const under = background(element);
    if (!under) return null;
    const ink = over(numbers(getComputedStyle(element).color), under);
    const [light, dark] = [luminance(ink), luminance(under)].sort((a, b) => b - a);
    return Math.round(((light + 0.05) / (dark + 0.05)) * 100) / 100;
  };

  const isToggle = (element) =>
    (element.localName === 'input' && /checkbox|radio/.test(element.type)) || /^(switch|checkbox|radio)$/.test(element.getAttribute('role') || '');
  const checkedOf = (element) => {
    if (!isToggle(element)) return null;
    if (element.localName === 'input') return element.checked;
    return element.getAttribute('aria-checked') === 'true' || element.getAttribute('aria-pressed') === 'true';
  };
  // The part of a toggle that a person can hit: its input is often hidden behind a drawn switch.
  const handle = (element) => {
    if (!isToggle(element)) return element;
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (width > 3 && height > 3 && style.opacity !== '0' && visible(element)) return element;
    for (const label of element.labels || []) if (visible(label)) return label;
    const around = parent(element);
    return around && visible(around) ? around : element;
  };
  const beside = (element) => {
    for (let at = parent(element), i = 0; at && i < 4; at = parent(at), i++) {
      const text = words(at);
      if (text.length > 2) return text.slice(0, 200);
    }
    return '';
  };
  const path = (element) => {
    const steps = [];
    for (let at = element; at && steps.length < 5; at = parent(at)) {
      if (at.id && !/\d{4,}/.test(at.id)) {
        steps.unshift('#' + CSS.escape(at.id));
        break;
      }
      const siblings = at.parentElement ? [...at.parentElement.children].filter((e) => e.localName === at.localName) : [at];
      steps.unshift(siblings.length > 1 ? `${at.localName}:nth-of-type(${siblings.indexOf(at) + 1})` : at.localName);
    }
    return steps.join(' > ');
  };
  const roleOf = (element) => {
    const role = element.getAttribute('role');
    if (role) return role;
    if (element.localName === 'a') return element.hasAttribute('href') ? 'link' : 'generic';
    if (element.localName === 'input') return /checkbox|radio/.test(element.type) ? element.type : 'button';
    return element.localName === 'button' || element.localName === 'summary' ? 'button' : 'generic';
  };

  const describe = (element) => {
    const shown = handle(element);
    const style = getComputedStyle(shown);
    return {
      index: keep(element),
      role: roleOf(element),
      tag: element.localName,
      selector: path(element),
      text: nameOf(element).slice(0, 300),
      seen: words(element).slice(0, 300),
      href: element.localName === 'a' ? element.getAttribute('href') : null,
      box: rectangle(shown),
      font_px: parseFloat(style.fontSize) || null,
      font_weight: parseInt(style.fontWeight, 10) || null,
      contrast: contrast(shown),
      toggle: isToggle(element),
      checked: checkedOf(element),
      disabled: element.disabled === true || element.getAttribute('aria-disabled') === 'true',
      beside: isToggle(element) ? beside(element) : '',
    };
  };

  const survey = (about, platforms) => {
    const vocabulary = new RegExp(about, 'i');
    const all = roots();
    const judged = new Map();
    const texts = new Map();
    const text = (element) => {
      if (!texts.has(element)) texts.set(element, textOf(element));
      return texts.get(element);
    };
    const framed = top !== window;
    // 3: an overlay (fixed, sticky, dialog) · 2: named like a consent interface · 1: a short passage about consent
    const shape = (element) => {
      if (judged.has(element)) return judged.get(element);
      let grade = 0;
      if (element !== document.documentElement && (element !== document.body || framed)) {
        const length = (element.textContent || '').length + (shadow(element) ? 1 : 0);
        if (length > 5 * LONGEST) return judged.set(element, 0) && 0; // the page itself: not worth laying out as text
        const style = getComputedStyle(element);
        const overlay =
          element.matches(DIALOG) || style.position === 'fixed' || style.position === 'sticky' || (style.position === 'absolute' && Number(style.zIndex) > 99);
        const named = HINT.test(`${element.id} ${typeof element.className === 'string' ? element.className : ''} ${element.getAttribute('aria-label') || ''} ${element.localName}`);
        const hold = element.querySelector(CONTENT) !== null;
        const own = text(element);
        if (length && own.length <= LONGEST && vocabulary.test(own)) {
          if (overlay && !(hold && own.length > 4000)) grade = 3;
          else if (framed && element === document.body) grade = 3;
          else if (named && !hold && own.length <= 6000) grade = 2;
          else if (!hold && own.length <= 1500) grade = 1;
        }
      }
      judged.set(element, grade);
      return grade;
    };
    const contained = new Map();
    // the outermost overlay, else the outermost named one, else the innermost passage
    const around = (at) => {
      if (!at) return [null, 0];
      if (contained.has(at)) return contained.get(at);
      const [above, grade] = around(parent(at));
      const its = shape(at);
      const found = its > grade || (its === grade && its === 1) ? [at, its] : [above, grade];
      contained.set(at, found);
      return found;
    };
    const container = (element) => around(parent(element));

    const meant = new Map();
    const met = [];
    const reopen = [];
    for (const [platform, facts] of Object.entries(platforms)) {
      const faces = query(facts.interface, all);
      if (!faces.length) continue;
      met.push({ platform, visible: faces.some(visible) });
      for (const [meaning, selector] of Object.entries(facts.controls || {}))
        for (const element of query(selector, all)) if (!meant.has(element)) meant.set(element, { platform, meaning });
    }
    for (const [platform, facts] of Object.entries(platforms))
      for (const element of facts.reopen ? query(facts.reopen, all) : [])
        if (visible(element)) reopen.push({ ...describe(element), platform });

    const groups = new Map();
    const loose = [];
    const seen = new Set();
    const consider = (element) => {
      if (seen.has(element)) return;
      seen.add(element);
      // The cheap questions first: most controls of a page have nothing to do with consent.
      const [inside, grade] = container(element);
      if (!inside) {
        const said = `${element.textContent.slice(0, 200)} ${element.getAttribute('aria-label') || ''}`;
        if ((vocabulary.test(said) || /privacy|choices|settings/i.test(said)) && visible(element)) loose.push(describe(element));
        return;
      }
      if (!visible(inside)) return;
      if (!(visible(element) || (isToggle(element) && visible(handle(element))))) return;
      if (nameOf(element).length > 300 && !meant.has(element)) return;
      if (!groups.has(inside)) groups.set(inside, { grade, controls: [] });
      groups.get(inside).controls.push({ ...describe(element), ...(meant.get(element) || {}) });
    };
    for (const element of meant.keys()) consider(element);
    for (const element of query(CONTROLS, all)) consider(element);
    // A home-made button may be a plain element with a hand as its cursor.
    for (const inside of [...groups.keys()].concat(query(DIALOG + ', [class*=cookie i], [id*=cookie i], [class*=consent i], [id*=consent i]', all)))
      for (const element of query('div, span, p, li, td, img, svg', [inside]))
        if (!element.closest(CONTROLS) && getComputedStyle(element).cursor === 'pointer' && !element.querySelector(CONTROLS)) {
          const up = parent(element);
          if (!up || getComputedStyle(up).cursor !== 'pointer') consider(element);
        }

    const interfaces = [];
    for (const [inside, { grade, controls }] of groups) {
      const style = getComputedStyle(inside);
      const box = rectangle(inside);
      const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 3);
      const blocks = !!middle && (inside.contains(middle) || /hidden/.test(getComputedStyle(document.body).overflowY + getComputedStyle(document.documentElement).overflowY) || (fixed(middle) !== null && middle.childElementCount === 0 && middle.getBoundingClientRect().width >= innerWidth * 0.9));
      interfaces.push({
        index: keep(inside),
        grade,
        selector: path(inside),
        modal: inside.matches('[aria-modal=true], dialog:modal') || inside.querySelector('[aria-modal=true]') !== null,
        text: text(inside).slice(0, LONGEST),
        language: inside.closest('[lang]')?.lang || document.documentElement.lang || null,
        direction: style.direction,
        z: parseInt(style.zIndex, 10) || 0,
        position: style.position,
        box,
        blocks,
        controls,
      });
    }
    return { interfaces, loose, reopen, platforms: met, framed, age: performance.now(), state: document.readyState };
  };

  const frame = () => new Promise((done) => {
    const timer = setTimeout(done, 100); // a hidden page paints no frames
    requestAnimationFrame(() => { clearTimeout(timer); done(); });
  });
  const within = (outer, inner) => {
    for (let at = inner; at; at = at.parentNode || at.host) if (at === outer) return true;
    return false;
  };
  const deepest = (x, y) => {
    let found = document.elementFromPoint(x, y);
    while (found && shadow(found)) {
      const inner = shadow(found).elementFromPoint(x, y);
      if (!inner || inner === found) break;
      found = inner;
    }
    return found;
  };

  // Brings an element under the pointer and waits until it stands still.
  const aim = async (index) => {
    const element = elements[index];
    if (!element || !element.isConnected) return null;
    const target = handle(element);
    let box = target.getBoundingClientRect();
    if (box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth)
      target.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    for (let i = 0; i < 90; i++) {
      const before = target.getBoundingClientRect();
      await frame();
      box = target.getBoundingClientRect();
      const still = ['x', 'y', 'width', 'height'].every((side) => Math.abs(before[side] - box[side]) < 0.5);
      if (!still || !box.width || !box.height) continue;
      const around = [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75]];
      for (const [across, down] of around) {
        const x = box.x + box.width * across;
        const y = box.y + box.height * down;
        const hit = deepest(x, y);
        if (hit && (within(target, hit) || within(element, hit))) return { x, y, box: rectangle(target), clear: true };
      }
    }
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, box: rectangle(target), clear: false };
  };

  const gone = (index) => {
    const element = elements[index];
    return !element || !element.isConnected || !visible(element);
  };
  // Resolves `gone` when the element is out of sight, `quiet` when the cap ends first.
  const vanish = async (index, cap) => {
    const end = performance.now() + cap;
    while (!gone(index)) {
      if (performance.now() > end) return 'quiet';
      await frame();
    }
    return 'gone';
  };

  const stored = () => {
    const read = (area) => {
      try {
        const storage = globalThis[area];
        return Object.fromEntries(Object.keys(storage).map((key) => [key, String(storage.getItem(key)).slice(0, 20000)]));
      } catch {
        return {}; // an opaque origin, or storage is forbidden
      }
    };
    return { local: read('localStorage'), session: read('sessionStorage') };
  };
  const fingerprint = () => {
    const { local, session } = stored();
    let cookies = '';
    try {
      cookies = document.cookie;
    } catch {
      cookies = ''; // a sandboxed frame
    }
    return cookies + '\n' + JSON.stringify(local) + JSON.stringify(session) + performance.getEntriesByType('resource').length;
  };
  // Resolves at the first change of the DOM, of cookies, storage or requests; or when the cap ends.
  const change = async (cap, dom, rest = 0) => {
    const end = performance.now() + cap;
    const rested = performance.now() + rest;
    const before = fingerprint();
    let changed = false;
    const observer = new MutationObserver(() => { changed = true; });
    if (dom) for (const root of roots())
      observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['class', 'style', 'hidden', 'open', 'aria-hidden', 'aria-expanded'] });
    try {
      while (performance.now() < end) {
        await frame();
        if (performance.now() >= rested && (changed || fingerprint() !== before)) return true;
      }
      return false;
    } finally {
      observer.disconnect();
    }
  };
  const hits = (since) =>
    performance.getEntriesByType('resource').filter((entry) => entry.startTime >= since && /[?&;](gcs|gcd)=/.test(entry.name)).map((entry) => entry.name);
  // Anything in the document that speaks of consent, shown or not: hidden parts and scripts in the page count.
  const mentions = (pattern) => {
    const vocabulary = new RegExp(pattern, 'i');
    return roots().some((root) => vocabulary.test((root.documentElement || root).textContent || '') ||
      [...root.querySelectorAll('template')].some((one) => vocabulary.test(one.innerHTML)) ||
      [...root.querySelectorAll('script[src], iframe[src]')].some((one) => vocabulary.test(one.getAttribute('src'))));
  };
  const at = (index) => elements[index];
  const describeAt = (index) => (elements[index] && elements[index].isConnected ? describe(elements[index]) : null);

  // Messages of another content script in this world (autoconsent), handed over when asked for.
  const outbox = [];
  let wake = () => {};
  const send = (message) => { outbox.push(message); wake(); };
  const receive = async (cap) => {
    if (!outbox.length) await new Promise((done) => { wake = done; setTimeout(done, cap); });
    return outbox.splice(0);
  };
  const lend = () => {
    // What it would click synthetically, the pointer clicks instead. This is our world's own prototype.
    HTMLElement.prototype.click = function click() { send({ type: 'click', index: keep(this) }); };
    globalThis.autoconsentSendMessage = async (message) => { send(message); };
  };
  globalThis.consentinel = { survey, mentions, aim, gone, vanish, change, stored, hits, at, describe: describeAt, receive, lend, keep, admit, visible, now: () => performance.now() };
}
