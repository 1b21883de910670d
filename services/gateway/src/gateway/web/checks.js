// What the installation depends on, and what is still to be sent.

import { make, span } from "./dom.js";

const NAMES = { database: "Database", store: "Object store", broker: "Broker", language_model: "Language model" };
const KINDS = { ok: "good", off: "faint", degraded: "warn", down: "bad" };

export function drawChecks(status) {
  const checks = Object.entries(status.checks).map(([name, check]) => line(NAMES[name] ?? name, check, check.detail));
  const { outbox } = status;
  const waiting = outbox.messages === null ? null : `${outbox.messages} to be sent, the oldest for ${span(outbox.oldest_seconds)}`;
  return [...checks, line("Outbox", outbox, outbox.detail ?? waiting)];
}

function line(name, part, detail) {
  const state = make("span", { class: KINDS[part.status] ?? "warn" }, String(part.status));
  return make("li", {}, make("strong", {}, name, state), detail ? make("p", { class: "faint" }, detail) : null);
}

/** How it is as a whole, and what is not as it should be. */
export function verdict(status) {
  if (status.status === "ok") return { text: "All is well", kind: "good" };
  const checks = Object.entries(status.checks).map(([name, check]) => [NAMES[name] ?? name, check]);
  const parts = [...checks, ["Outbox", status.outbox], ...status.queues.map((queue) => [queue.name, queue])];
  const named = parts.filter(([, part]) => part.status !== "ok" && part.status !== "off").map(([name]) => name);
  return { text: `Not well: ${named.join(", ")}`, kind: "warn" };
}
