// The page: the key at the door, then what the API tells, asked again every few seconds while somebody looks.

import { get, key, post, Trouble } from "./api.js";
import { drawChecks, verdict } from "./checks.js";
import { find, notice, show, sure } from "./dom.js";
import { drawFailures } from "./failures.js";
import { drawLetters, outcome } from "./letters.js";
import { drawQueues } from "./queues.js";

const EVERY_MS = 5_000;
const LONGEST_MS = 60_000;
const LETTERS = 50;

let timer, asking = false, again = false, stopped = false, troubled = false, wait = EVERY_MS, opened = null;

function tell(kind, text) {
  find("notice").replaceChildren(...(text ? [notice(kind, text)] : []));
}

function door(text = "") {
  clearTimeout(timer);
  key.forget();
  opened = null;
  for (const id of ["board", "controls", "letters"]) find(id).hidden = true;
  for (const id of ["verdict", "updated"]) find(id).textContent = "";
  find("door").hidden = false;
  tell("bad", text);
  find("key").focus();
}

async function refresh() {
  clearTimeout(timer);
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    await draw();
    wait = EVERY_MS;
    if (troubled) tell("good", "");
    troubled = false;
    find("board").classList.remove("stale");
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (error.isOfKey) return door(error.message);
    wait = Math.max(error.retryAfter * 1000, Math.min(wait * 2, LONGEST_MS));
    troubled = true;
    find("board").classList.add("stale");
    find("verdict").textContent = "";
    tell("bad", `${error.message} ${stopped ? "" : `Asked again in ${Math.round(wait / 1000)} s.`}`);
  } finally {
    asking = false;
    if (key.get()) schedule(again ? 0 : wait);
    again = false;
  }
}

function schedule(ms) {
  clearTimeout(timer);
  if (!document.hidden && (!stopped || ms === 0)) timer = setTimeout(refresh, ms);
}

async function draw() {
  const name = opened; // another one may be opened meanwhile: what comes then is of this one still
  const status = await get("status"); // by itself first: a wrong key is one wrong guess, and not four
  const [queues, failures, letters] = await Promise.all([
    get("queues"),
    get("failures"),
    name === null ? null : get(`queues/${encodeURIComponent(name)}/dead?limit=${LETTERS}`).catch(away),
  ]);
  if (!key.get()) return;
  find("door").hidden = true;
  if (find("board").hidden) tell("good", "");
  find("board").hidden = find("controls").hidden = false;
  const { text, kind } = verdict(status);
  find("verdict").textContent = text;
  find("verdict").className = `verdict ${kind}`;
  find("updated").textContent = `as of ${new Date().toLocaleTimeString()}`;
  show(find("checks"), { checks: status.checks, outbox: status.outbox }, drawChecks);
  show(find("queues-notice"), queues.broker, (why) => (why ? [notice("bad", `The broker does not tell what it has: ${why}`)] : []));
  show(find("queues"), queues.queues, (found) => drawQueues(found, acts));
  show(find("failures"), failures.failures, drawFailures);
  if (letters !== null && name === opened) {
    find("letters").hidden = false;
    if (letters instanceof Trouble) show(find("letters-body"), letters.message, (why) => [notice("bad", why)]);
    else show(find("letters-body"), { name, ...letters }, (found) => drawLetters(found, acts));
  }
}

/** Without a broker the rest is still told. */
function away(error) {
  if (error.isOfKey) throw error;
  return error;
}

async function done(work, said) {
  try {
    const told = await work();
    await refresh();
    tell("good", said(told));
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (error.isOfKey) door(error.message);
    else tell("bad", error.message);
  }
}

const at = (name, what) => `queues/${encodeURIComponent(name)}/dead/${what}`;

const acts = {
  async letters(name) {
    opened = name;
    show(find("letters-body"), null, () => []);
    await refresh();
    find("h-letters").focus();
  },
  close() {
    opened = null;
    find("letters").hidden = true;
  },
  async redrive(name, selection, said) {
    if (await sure("Try again?", `What failed for ${said} is tried again, each in its job's next run.`, "Try again")) {
      await done(() => post(at(name, "redrive"), selection), outcome);
    }
  },
  async discard(name, selection, said) {
    if (await sure("Discard?", `This throws away ${said}. The units stay failed, and it cannot be undone.`, "Discard")) {
      await done(() => post(at(name, "discard"), selection), outcome);
    }
  },
  async pause(name) {
    if (await sure("Pause?", `No new work is sent to ${name} until it is resumed. What was sent is still done.`, "Pause")) {
      await done(() => post(`queues/${encodeURIComponent(name)}/pause`), () => `${name} is paused.`);
    }
  },
  async resume(name) {
    await done(() => post(`queues/${encodeURIComponent(name)}/resume`), () => `${name} is sent work again.`);
  },
};

find("door").addEventListener("submit", (event) => {
  event.preventDefault();
  const given = find("key").value.trim();
  find("key").value = "";
  if (!/^[\x21-\x7e]+$/.test(given)) return tell("bad", "An API key has no such characters.");
  key.keep(given);
  wait = EVERY_MS;
  refresh();
});
find("leave").addEventListener("click", () => door());
find("pause").addEventListener("click", (event) => {
  stopped = !stopped;
  event.currentTarget.setAttribute("aria-pressed", String(stopped));
  event.currentTarget.textContent = stopped ? "Refresh again" : "Stop refreshing";
  schedule(stopped ? EVERY_MS : 0);
});
document.addEventListener("visibilitychange", () => (key.get() && !stopped ? schedule(0) : undefined));

if (key.get()) refresh();
else door();
