// Elements are made of names and texts. Nothing here, or anywhere on this page, reads text as HTML: what the API
// tells may have been written by anybody.

/** An element; `attributes` are set as they are, `on…` are listeners, what is null or false is left out. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const find = (id) => document.getElementById(id);

const drawn = new WeakMap();

/** Put what `draw` gives into the element, if `data` is other than before. Whoever had the focus keeps it. */
export function show(element, data, draw) {
  const told = JSON.stringify(data);
  if (drawn.get(element) === told) return;
  drawn.set(element, told);
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  element.replaceChildren(...draw(data));
  if (focused === undefined) return;
  const again = [...element.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === focused);
  again?.focus();
}

export function button(text, focus, onclick, attributes = {}) {
  return make("button", { type: "button", "data-focus": focus, onclick, ...attributes }, text);
}

export function notice(kind, text) {
  return make("p", { class: `notice ${kind}` }, text);
}

/** A moment as this machine's clock shows it. */
export function moment(told) {
  const at = new Date(told);
  return Number.isNaN(at.getTime()) ? String(told) : make("time", { datetime: at.toISOString() }, at.toLocaleString());
}

/** Seconds, as people say them. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

/** Ask before something is done: resolves to whether it is wanted. */
export function sure(title, text, yes) {
  const dialog = find("sure");
  answer(dialog); // of a question before, whose dialog is closed and has not told so yet
  find("sure-title").textContent = title;
  find("sure-text").textContent = text;
  find("sure-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.onclose = () => dialog.open || answer(dialog);
  dialog.showModal();
  return new Promise((resolve) => (asked = resolve));
}

let asked = null;

function answer(dialog) {
  asked?.(dialog.returnValue === "yes");
  asked = null;
}
