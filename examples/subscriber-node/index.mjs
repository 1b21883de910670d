// Takes events from a subscriber's queue: each at least once, acknowledged after the work.
import { setTimeout as pause } from "node:timers/promises";
import amqp from "amqplib";

const url = process.env.SUBSCRIBER_URL; // as `scribeline subscribers create` printed it
if (!url) fail("Set SUBSCRIBER_URL: making the subscriber printed it.");
const queue = decodeURIComponent(new URL(url).username); // it is called as its user
const handled = new Set(); // ids; what is handled twice all the same must do no harm
const REMEMBERED = 10_000;
const CONNECT_MILLISECONDS = 10_000; // the greeting included

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Your work. `event` is a CloudEvent; what is in `data` depends on `type`: see docs/events.md. */
async function handle(event) {
  const { id, type, subject, tenant, time, data } = event;
  switch (type) {
    case "transcript.completed": // long texts are not inside: GET them at `href`
      return console.log(id, type, subject, data.text ?? data.href);
    case "job.failed":
      return console.log(id, type, subject, data.error.code);
    default: // a type that is new, perhaps: pass it over
      return console.log(id, type, subject, tenant, time);
  }
}

async function take(channel, message) {
  let event;
  try {
    event = JSON.parse(message.content.toString());
  } catch {
    return channel.reject(message, false); // it would be unreadable for ever
  }
  if (!handled.has(event.id)) {
    await handle(event);
    handled.add(event.id);
    if (handled.size > REMEMBERED) handled.delete(handled.values().next().value);
  }
  channel.ack(message);
}

let connection = null; // while there is one

async function hangUp() {
  const open = connection;
  connection = null;
  await open?.close().catch(() => {}); // it is closed already, perhaps
}

/** Until the connection is lost, or `handle` throws: what is not acknowledged comes again. */
async function listen() {
  connection = await amqp.connect(url, {
    timeout: CONNECT_MILLISECONDS,
    clientProperties: { connection_name: "subscriber-node" },
  });
  try {
    await new Promise((resolve, reject) => {
      connection.on("error", reject).on("close", resolve);
      connection.createChannel().then(async (channel) => {
        channel.on("error", reject).on("close", resolve);
        await channel.prefetch(20);
        let last = Promise.resolve(); // one after the other
        await channel.consume(queue, (message) => {
          if (message === null) return reject(new Error(`${queue} is gone`));
          last = last.then(() => take(channel, message)).catch(reject);
        });
      }).catch(reject);
    });
  } finally {
    await hangUp();
  }
}

let stopping = false;
process.once("SIGTERM", () => {
  if (connection === null) process.exit(); // it waits for the broker, and holds nothing
  stopping = true;
  hangUp();
});
for (let seconds = 1; !stopping; seconds = Math.min(seconds * 2, 30)) {
  const began = Date.now();
  try {
    await listen();
  } catch (error) {
    if (/ACCESS.REFUSED|NOT_FOUND - no queue/.test(error.message)) fail(error.message); // trying again would not help
    console.error(`${error.message}: again in ${seconds} s`);
  }
  if (Date.now() - began > 60_000) seconds = 1;
  if (!stopping) await pause(seconds * 1000);
}
