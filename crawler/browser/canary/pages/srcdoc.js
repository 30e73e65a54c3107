document.cookie = 'canary_srcdoc=1';
parent.postMessage({ act: 'srcdoc_frame' }, '*');
