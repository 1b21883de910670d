// The dead letters of one queue: seen, tried again, thrown away.

import { button, make, moment, notice } from "./dom.js";

/** `act` has `redrive(name, selection, said)`, `discard(name, selection, said)` and `close()`. */
export function drawLetters({ name, letters, messages }, act) {
  const all = { all: true };
  const some = letters.length < messages ? `The oldest ${letters.length} of ${messages}.` : `${letters.length} in all.`;
  const bar = make(
    "div",
    { class: "controls" },
    button("Try all again", "redrive all", () => act.redrive(name, all, `all letters of ${name}`), { disabled: letters.length === 0 }),
    button("Discard all", "discard all", () => act.discard(name, all, `all letters of ${name}`), { class: "bad", disabled: letters.length === 0 }),
    button("Close", "close letters", act.close),
  );
  const list = make("ul", { class: "cards" }, ...letters.map((letter) => card(name, letter, act)));
  return [make("p", {}, make("code", {}, name), ` ${some}`), bar, letters.length ? list : notice("good", "There are none.")];
}

function card(name, letter, act) {
  const unit = letter.unit ? `${letter.unit.stage}/${letter.unit.index}, run ${letter.unit.run}` : null;
  const tries = letter.attempts === 1 ? "1 attempt" : `${letter.attempts} attempts`;
  const byHand = letter.redriven ? `, tried again by hand: ${letter.redriven}` : "";
  const chosen = { ids: [letter.id] };
  const said = letter.job ? `the letter of job ${letter.job}` : `the letter ${letter.id}`;
  return make(
    "li",
    {},
    make("h3", {}, letter.reason),
    facts(["Job", letter.job], ["Unit", unit], ["Tenant", letter.tenant], ["Type", letter.type]),
    make("p", { class: "faint" }, `${tries}${byHand}. Died `, letter.died_at ? moment(letter.died_at) : "at a time nobody noted"),
    make(
      "div",
      { class: "controls" },
      button("Try again", `redrive ${letter.id}`, () => act.redrive(name, chosen, said), { "aria-label": `Try again ${said}` }),
      button("Discard", `discard ${letter.id}`, () => act.discard(name, chosen, said), { class: "bad", "aria-label": `Discard ${said}` }),
    ),
  );
}

/** Names and values in one paragraph; what is not known is left out. */
export function facts(...pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return make("p", {}, ...known.flatMap(([name, value], n) => [n ? "  " : "", make("span", { class: "faint" }, `${name} `), make("code", {}, String(value))]));
}

/** What became of the letters, in a sentence. */
export function outcome(done) {
  const kept = done.kept.length ? ` ${done.kept.length} kept: ${done.kept[0].reason}` : "";
  return `${done.redriven} tried again, ${done.discarded} discarded.${kept}`;
}
