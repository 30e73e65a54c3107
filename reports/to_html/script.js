"use strict";
(() => {
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Sorting: each sortable heading becomes a button; numbers sort as numbers.
  const key = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = parseFloat(text.replace(/,/g, ""));
    return row.cells[column].classList.contains("num") && !Number.isNaN(number) ? number : text.toLowerCase();
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = make("button", { type: "button", textContent: heading.textContent });
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows].map((row) => [key(row, column), row]);
        rows.sort(([a], [b]) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1));
        if (down) rows.reverse();
        table.tBodies[0].append(...rows.map(([, row]) => row));
      });
    });
  }

  // Searching inside long tables.
  for (const table of document.querySelectorAll("table[data-filter]")) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < 8) continue;
    const box = make("input", { type: "search", placeholder: `Search ${table.dataset.filter.toLowerCase()}` });
    box.setAttribute("aria-label", box.placeholder);
    const texts = rows.map((row) => row.textContent.toLowerCase());
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach((row, number) => { row.hidden = !words.every((word) => texts[number].includes(word)); });
    });
    table.closest(".scroll").before(make("div", { className: "tools" }, box));
  }

  // Findings: search, and one button per severity.
  const cards = [...document.querySelectorAll(".finding")];
  if (cards.length > 1) {
    const texts = cards.map((card) => card.textContent.toLowerCase());
    const box = make("input", { type: "search", placeholder: "Search findings" });
    box.setAttribute("aria-label", box.placeholder);
    const shown = make("span", { className: "note" });
    shown.setAttribute("aria-live", "polite");
    const buttons = [...new Set(cards.map((card) => card.dataset.severity))].map((severity) => {
      const button = make("button", { type: "button", textContent: severity });
      button.setAttribute("aria-pressed", "false");
      return button;
    });
    const filter = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      const on = buttons.filter((button) => button.getAttribute("aria-pressed") === "true").map((button) => button.textContent);
      let number = 0;
      cards.forEach((card, at) => {
        const fits = (!on.length || on.includes(card.dataset.severity)) && words.every((word) => texts[at].includes(word));
        card.hidden = !fits;
        number += fits ? 1 : 0;
      });
      shown.textContent = `${number} of ${cards.length} shown`;
    };
    buttons.forEach((button) => button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    }));
    box.addEventListener("input", filter);
    document.getElementById("finding-tools").replaceChildren(make("div", { className: "tools" }, box, ...buttons, shown));
  }

  // A link into something closed opens it; printing opens what is short.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target.classList.contains("finding")) target.hidden = false;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
