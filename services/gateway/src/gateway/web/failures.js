// Jobs that failed lately, of all tenants.

import { make, moment, notice } from "./dom.js";
import { facts } from "./letters.js";

export function drawFailures(failures) {
  if (!failures.length) return [notice("good", "None that is still there.")];
  return [make("ul", { class: "cards" }, ...failures.map(card))];
}

function card(failure) {
  return make(
    "li",
    {},
    make("h3", {}, make("span", { class: "bad" }, failure.code), failure.stage ? ` in ${failure.stage}` : ""),
    make("p", {}, failure.message),
    facts(["Job", failure.job], ["Run", failure.run > 1 ? failure.run : null], ["Tenant", failure.tenant], ["File", failure.filename], ["Trace", failure.trace_id]),
    make("p", { class: "faint" }, moment(failure.finished_at)),
  );
}
