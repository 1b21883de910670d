// The API, asked with the key of this tab. It is in the header of each request, and in no address.

const STORED = "scribeline.key";
const ANSWER_MS = 15_000;

export const key = {
  get: () => sessionStorage.getItem(STORED),
  keep: (value) => sessionStorage.setItem(STORED, value),
  forget: () => sessionStorage.removeItem(STORED),
};

/** Why a request was not answered as asked. `status` is 0 where no gateway answered. */
export class Trouble extends Error {
  constructor(message, status = 0, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  get isOfKey() {
    return this.status === 401 || this.status === 403;
  }
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);

/** The answer as JSON. Throws Trouble. */
async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(`/v1/admin/${path}`, {
      method,
      headers: { Authorization: `Bearer ${key.get()}`, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    const late = error.name === "TimeoutError";
    throw new Trouble(late ? "The gateway does not answer in time." : "The gateway cannot be reached.");
  }
  const told = await response.json().catch(() => ({}));
  if (response.ok) return told;
  throw new Trouble(sentence(response.status, told), response.status, Number(response.headers.get("Retry-After")) || 0);
}

function sentence(status, told) {
  if (status === 401) return "This key is not known here, or not any more.";
  if (status === 403) return "This key lacks the scope admin.";
  if (told.code === "database_unavailable") return "The database is away: the gateway cannot check any key.";
  return told.detail || told.title || `The gateway answered ${status}.`;
}
