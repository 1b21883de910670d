// The queues, and what can be done to one.

import { button, make, span } from "./dom.js";

const PAUSABLE = /^(transcriber\.|analyzer$)/;

/** `act` has `letters(name)`, `pause(name)` and `resume(name)`. */
export function drawQueues(queues, act) {
  return queues.map((queue) => {
    const idle = queue.ready > 0 && queue.consumers === 0;
    const name = make("th", { scope: "row" }, queue.name, queue.paused_at ? make("span", { class: "warn" }, " paused") : null);
    return make(
      "tr",
      {},
      name,
      cell("Ready", count(queue.ready)),
      cell("In hand", count(queue.unacked), "", queue.unacked_reason),
      cell("Consumers", idle ? `${queue.consumers}: nobody takes it` : count(queue.consumers), queue.consumers === 0 ? "bad" : ""),
      cell("Waiting", count(queue.waiting)),
      cell("Oldest", span(queue.oldest_seconds)),
      cell("Dead", count(queue.dead), queue.dead ? "bad" : ""),
      make("td", {}, make("div", { class: "controls" }, ...controls(queue, act))),
    );
  });
}

function controls(queue, act) {
  const found = [];
  if (queue.dead) {
    found.push(button("Dead letters", `letters ${queue.name}`, () => act.letters(queue.name), { "aria-label": `Dead letters of ${queue.name}` }));
  }
  if (queue.paused_at) {
    found.push(button("Resume", `pause ${queue.name}`, () => act.resume(queue.name), { "aria-label": `Resume ${queue.name}` }));
  } else if (PAUSABLE.test(queue.name)) {
    found.push(button("Pause", `pause ${queue.name}`, () => act.pause(queue.name), { "aria-label": `Pause ${queue.name}` }));
  }
  return found;
}

function cell(label, text, kind = "", title = null) {
  return make("td", { "data-label": label, class: "number", title }, make("span", { class: kind }, text));
}

const count = (value) => (value === null || value === undefined ? "–" : value.toLocaleString());
