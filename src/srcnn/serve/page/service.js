// The HTTP interface of the service, as the page uses it.

const EVERY = 400; // milliseconds between two questions about progress

let token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

export function unlock(given) {
  token = given;
}

export const hasToken = () => token !== "";

/** An answer that is no image, with the words of the service. */
export class Refusal extends Error {
  constructor(status, detail, wait) {
    super(detail);
    this.status = status;
    this.wait = wait; // seconds, of a service that is busy
  }
}

async function ask(path, options = {}) {
  if (/[^\x20-\x7e]/.test(token)) throw new Refusal(401, "a token has ASCII characters alone", 1); // no header holds it
  const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(`../${path}`, { ...options, headers });
  if (answer.ok) return answer;
  const found = await answer.json().catch(() => ({}));
  throw new Refusal(answer.status, found.detail ?? answer.statusText, Number(answer.headers.get("Retry-After")) || 1);
}

export async function models() {
  return (await ask("v1/models")).json();
}

/** Upscale one file; tells `onProgress` how far it is. */
export async function upscale(file, settings, onProgress, signal) {
  const id = identity();
  const query = new URLSearchParams({ ...settings, name: file.name, id });
  const timer = setInterval(() => {
    ask(`v1/progress/${id}`, { signal })
      .then((answer) => answer.json())
      .then(onProgress, () => {}); // it is over, or has not begun
  }, EVERY);
  try {
    const headers = { "Content-Type": file.type.startsWith("image/") ? file.type : "application/octet-stream" };
    const answer = await ask(`v1/upscale?${query}`, { method: "POST", body: file, headers, signal });
    return {
      blob: await answer.blob(),
      name: decodeURIComponent(answer.headers.get("Content-Disposition").split("filename*=UTF-8''")[1]),
      model: decodeURIComponent(answer.headers.get("Srcnn-Model")),
      from: answer.headers.get("Srcnn-Input-Size"),
      to: answer.headers.get("Srcnn-Size"),
      seconds: Number(answer.headers.get("Srcnn-Seconds")),
      notes: JSON.parse(answer.headers.get("Srcnn-Notes")),
    };
  } finally {
    clearInterval(timer);
  }
}

// crypto.randomUUID exists on https and on this machine alone.
function identity() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
