// Reads that are consistent with fingerprinting, and listeners that record. Numbers are counted here, judged elsewhere.
// Reports are limited per realm, because each takes a stack: a page may read the same thing a million times.
const told = { __proto__: null };
const tell = (most, kind, ...fields) => {
  const key = `${kind} ${fields[0]}`;
  const before = told[key] || 0;
  if (before >= most) return;
  told[key] = before + 1;
  reportFrom(stackNow(14), kind, fields);
};
const getterOf = (prototype, name) => {
  const found = prototype && getOwnPropertyDescriptor(prototype, name);
  return found && found.get;
};
const asking = (get, thing) => {
  try {
    return get && apply(get, thing, []);
  } catch {
    return undefined;
  }
};

// Canvas: what was drawn is counted while it is drawn, and told when it is read back.
const pictureWidth = getterOf(root.ImageData && ImageData.prototype, 'width');
const pictureHeight = getterOf(root.ImageData && ImageData.prototype, 'height');
const drawings = new weakMap();
const drawingOf = (context) => {
  let drawing = apply(mapGet, drawings, [context]);
  if (drawing === undefined) {
    drawing = { colours: 0, colour: undefined, characters: 0, seen: { __proto__: null }, fonts: 0, named: { __proto__: null }, measures: 0, saved: false };
    apply(mapSet, drawings, [context, drawing]);
  }
  return drawing;
};
const contexts = new weakMap();
const watchDrawing = (prototype) => {
  const paint = (target, self, args) => {
    const result = apply(target, self, args);
    const drawing = drawingOf(self);
    if (drawing.colours < 9 && typeof args[0] === 'string' && drawing.colour !== args[0]) {
      drawing.colour = args[0];
      drawing.colours += 1;
    }
    return result;
  };
  hookAccessor(prototype, 'fillStyle', { setter: paint });
  hookAccessor(prototype, 'strokeStyle', { setter: paint });
  hookAccessor(prototype, 'font', {
    setter(target, self, args) {
      const result = apply(target, self, args);
      const drawing = drawingOf(self);
      if (typeof args[0] === 'string' && drawing.fonts < 500 && drawing.named[args[0]] === undefined) {
        drawing.named[args[0]] = true;
        drawing.fonts += 1;
      }
      return result;
    },
  });
  const write = (target, self, args) => {
    const result = apply(target, self, args);
    const drawing = drawingOf(self);
    if (drawing.characters < 40 && typeof args[0] === 'string') {
      for (let i = 0; i < args[0].length && i < 200; i += 1) {
        if (drawing.seen[args[0][i]] === undefined) {
          drawing.seen[args[0][i]] = true;
          drawing.characters += 1;
        }
      }
    }
    return result;
  };
  hookMethod(prototype, 'fillText', write);
  hookMethod(prototype, 'strokeText', write);
  const save = (target, self, args) => {
    const result = apply(target, self, args);
    drawingOf(self).saved = true;
    return result;
  };
  hookMethod(prototype, 'save', save);
  hookMethod(prototype, 'restore', save);
  hookMethod(prototype, 'measureText', (target, self, args) => {
    const result = apply(target, self, args);
    const drawing = drawingOf(self);
    drawing.measures += 1;
    if (drawing.fonts >= 50 && drawing.measures >= 50) tell(3, 'font_measure', 'measureText', drawing.fonts, drawing.measures);
    return result;
  });
  const canvasOf = getterOf(prototype, 'canvas');
  hookMethod(prototype, 'getImageData', (target, self, args) => {
    const result = apply(target, self, args);
    const drawing = drawingOf(self);
    tell(20, 'canvas_read', 'getImageData', asking(pictureWidth, result), asking(pictureHeight, result), drawing.colours, drawing.characters, drawing.saved || listened(asking(canvasOf, self)));
    return result;
  });
};
const heardOn = new weakMap();
const listened = (canvas) => canvas !== null && typeof canvas === 'object' && apply(mapGet, heardOn, [canvas]) === true;
const watchCanvas = (prototype, readers) => {
  const widthOf = getterOf(prototype, 'width');
  const heightOf = getterOf(prototype, 'height');
  hookMethod(prototype, 'getContext', (target, self, args) => {
    const context = apply(target, self, args);
    if (context !== null) apply(mapSet, contexts, [self, context]);
    return context;
  });
  for (const name of readers) {
    hookMethod(prototype, name, (target, self, args) => {
      const result = apply(target, self, args);
      const context = apply(mapGet, contexts, [self]);
      const drawing = context === undefined ? undefined : apply(mapGet, drawings, [context]);
      if (drawing !== undefined) {
        tell(20, 'canvas_read', name, asking(widthOf, self), asking(heightOf, self), drawing.colours, drawing.characters, drawing.saved || listened(self));
      } else if (context !== undefined) {
        tell(5, 'webgl_read', name);
      }
      return result;
    });
  }
};
for (const name of ['CanvasRenderingContext2D', 'OffscreenCanvasRenderingContext2D']) if (root[name]) watchDrawing(root[name].prototype);
if (root.HTMLCanvasElement) watchCanvas(HTMLCanvasElement.prototype, ['toDataURL', 'toBlob']);
if (root.OffscreenCanvas) watchCanvas(OffscreenCanvas.prototype, ['convertToBlob']);

// Fonts by the width of text: an element's own style names a font, and its size tells whether there is one.
if (root.HTMLElement) {
  const styleOf = getterOf(HTMLElement.prototype, 'style');
  const familyOf = root.CSSStyleDeclaration && CSSStyleDeclaration.prototype.getPropertyValue;
  const families = { __proto__: null };
  let fonts = 0;
  let measures = 0;
  for (const name of ['offsetWidth', 'offsetHeight']) {
    hookAccessor(HTMLElement.prototype, name, {
      getter(target, self, args) {
        const result = apply(target, self, args);
        const family = apply(familyOf, apply(styleOf, self, []), ['font-family']);
        if (family !== '') {
          measures += 1;
          if (families[family] === undefined && fonts < 500) { families[family] = true; fonts += 1; }
          if (fonts >= 30) tell(3, 'font_width', name, fonts, measures);
        }
        return result;
      },
    });
  }
}

// WebGL: what the graphics hardware is called, and what it draws.
for (const name of ['WebGLRenderingContext', 'WebGL2RenderingContext']) {
  const prototype = root[name] && root[name].prototype;
  hookMethod(prototype, 'getParameter', (target, self, args) => {
    const result = apply(target, self, args);
    const wish = args[0];
    if (typeof wish === 'number') tell(2, 'webgl_read', wish === 37445 ? 'UNMASKED_VENDOR' : wish === 37446 ? 'UNMASKED_RENDERER' : `parameter ${wish}`);
    return result;
  });
  for (const read of ['readPixels', 'getSupportedExtensions', 'getShaderPrecisionFormat']) {
    hookMethod(prototype, read, (target, self, args) => {
      const result = apply(target, self, args);
      tell(5, 'webgl_read', read);
      return result;
    });
  }
}

// Audio: a sound is computed, never played, and its samples are read.
const sounds = { oscillators: 0, compressors: 0, rendered: 0 };
if (root.BaseAudioContext) {
  hookMethod(BaseAudioContext.prototype, 'createOscillator', (target, self, args) => { sounds.oscillators += 1; return apply(target, self, args); });
  hookMethod(BaseAudioContext.prototype, 'createDynamicsCompressor', (target, self, args) => { sounds.compressors += 1; return apply(target, self, args); });
  const read = (name) => (target, self, args) => {
    const result = apply(target, self, args);
    if (sounds.rendered > 0) tell(5, 'audio_read', name, sounds.oscillators, sounds.compressors, sounds.rendered);
    return result;
  };
  if (root.OfflineAudioContext) {
    hookMethod(OfflineAudioContext.prototype, 'startRendering', (target, self, args) => {
      sounds.rendered += 1;
      return apply(target, self, args);
    });
  }
  hookMethod(AudioBuffer.prototype, 'getChannelData', read('getChannelData'));
  hookMethod(AudioBuffer.prototype, 'copyFromChannel', read('copyFromChannel'));
}

// WebRTC: a connection without a call shows addresses. The configuration is asked of the connection itself.
if (root.RTCPeerConnection) {
  const peers = RTCPeerConnection.prototype;
  const configured = peers.getConfiguration;
  const endpoints = (self) => {
    let found = '';
    const configuration = asking(configured, self);
    if (configuration === undefined) return found;
    const { iceServers } = configuration;
    for (let i = 0; i < iceServers.length && i < 8; i += 1) {
      const { urls } = iceServers[i];
      found += (found === '' ? '' : ' ') + (typeof urls === 'string' ? urls : apply(join, urls, [' ']));
    }
    return found;
  };
  const join = Array.prototype.join;
  for (const name of ['createDataChannel', 'createOffer', 'setLocalDescription']) {
    hookMethod(peers, name, (target, self, args) => {
      const result = apply(target, self, args);
      tell(5, 'webrtc', name, endpoints(self));
      return result;
    });
  }
}

// Client hints that identify, and the many small reads of navigator and screen.
if (root.NavigatorUAData) {
  hookMethod(NavigatorUAData.prototype, 'getHighEntropyValues', (target, self, args) => {
    const result = apply(target, self, args);
    let hints = '';
    if (apply(isArray, undefined, [args[0]])) {
      for (let i = 0; i < args[0].length && i < 30; i += 1) {
        const found = getOwnPropertyDescriptor(args[0], i);
        if (found !== undefined && typeof found.value === 'string') hints += (hints === '' ? '' : ' ') + found.value;
      }
    }
    tell(10, 'client_hints', hints);
    return result;
  });
}
const watchReads = (label, prototype, properties) => {
  for (const name of properties) {
    const whole = `${label}.${name}`;
    hookAccessor(prototype, name, {
      getter(target, self, args) {
        tell(5, 'navigator_read', whole);
        return apply(target, self, args);
      },
    });
  }
};
watchReads('navigator', (root.Navigator || root.WorkerNavigator || {}).prototype, ['userAgent', 'appVersion', 'platform', 'vendor', 'product',
  'productSub', 'language', 'languages', 'hardwareConcurrency', 'deviceMemory', 'maxTouchPoints', 'plugins', 'mimeTypes', 'cookieEnabled',
  'doNotTrack', 'pdfViewerEnabled', 'connection', 'userAgentData']);
watchReads('screen', root.Screen && Screen.prototype, ['width', 'height', 'availWidth', 'availHeight', 'availLeft', 'availTop', 'colorDepth', 'pixelDepth']);

// Listeners that follow what a person types and does, and observers of the whole document.
const KEYS = { __proto__: null, keydown: true, keyup: true, keypress: true, beforeinput: true, input: true, paste: true };
const MOVES = { __proto__: null, mousemove: true, pointermove: true, touchmove: true, mousedown: true, click: true, scroll: true, change: true, input: true };
const tagOf = root.Element && getterOf(Element.prototype, 'tagName');
const attribute = root.Element && Element.prototype.getAttribute;
const lower = String.prototype.toLowerCase;
const placeOf = (self) => {
  if (self === undefined || self === null || self === root) return 'window';
  if (self === root.document) return 'document';
  const tag = asking(tagOf, self);
  if (typeof tag !== 'string') return '';
  const name = apply(lower, tag, []);
  return name === 'input' ? `input[type=${apply(attribute, self, ['type']) || 'text'}]` : name;
};
const KEYED = { __proto__: null, window: true, document: true, body: true, html: true, form: true, textarea: true };
const listening = (self, type) => {
  const keys = KEYS[type] === true;
  if (!keys && MOVES[type] !== true) return;
  const place = placeOf(self);
  if (place === 'canvas') apply(mapSet, heardOn, [self, true]);
  if (keys && (KEYED[place] === true || (place[0] === 'i' && place[1] === 'n'))) tell(5, 'keystroke', `${type} ${place}`, type, place);
  if (MOVES[type] === true && (place === 'window' || place === 'document' || place === 'html' || place === 'body')) tell(5, 'movement', type, place);
};
if (root.EventTarget && root.document) {
  hookMethod(EventTarget.prototype, 'addEventListener', (target, self, args) => {
    const result = apply(target, self, args);
    if (typeof args[0] === 'string' && args[1]) listening(self, args[0]);
    return result;
  });
  for (const prototype of [HTMLElement.prototype, Document.prototype, root]) {
    for (const type of ['keydown', 'keyup', 'keypress', 'input', 'paste']) {
      hookAccessor(prototype, `on${type}`, {
        setter(target, self, args) {
          const result = apply(target, self, args);
          if (args[0]) listening(self, type);
          return result;
        },
      });
    }
  }
  hookMethod(root.MutationObserver && MutationObserver.prototype, 'observe', (target, self, args) => {
    const result = apply(target, self, args);
    const place = placeOf(args[0]);
    if (place === 'document' || place === 'html' || place === 'body') {
      const wish = (name) => {
        const found = getOwnPropertyDescriptor(args[1], name);
        return found !== undefined && found.value === true;
      };
      if (wish('subtree') && wish('childList') && (wish('characterData') || wish('attributes'))) tell(10, 'observer', place);
    }
    return result;
  });
}
