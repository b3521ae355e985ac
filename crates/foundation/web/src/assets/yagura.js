// Yagura. Everything works without this file; it makes some things easier.
//
// What pages declare                     what happens
// data-confirm="…" (form, button)        asks before sending
// data-draft="name" (form)               keeps typed text in the tab until it was saved
// data-upload (form)                     sends files with progress in numbers and a way to stop
// data-live="url" (body)                 live counts and progress by server-sent events
// data-select-all="name" (checkbox)      ticks all boxes of that name in its form
// data-copy="#id" / data-copy-text="…"   copies text
// data-print (button)                    prints
// data-passkey="register|sign-in" (form) passkey ceremony, see passkey() below

const root = document.documentElement;
root.classList.add("scripts");

const each = (scope, selector, act) => scope.querySelectorAll(selector).forEach(act);
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// Storage can be switched off or full; a draft is then simply not kept.
const drafts = {
  prefix: () => `yagura-draft:${document.body.dataset.person ?? ""}:`,
  keyOf: (form) => `${drafts.prefix()}${location.pathname}:${form.dataset.draft}`,
  read(key) {
    try {
      return JSON.parse(sessionStorage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  },
  write(key, draft) {
    try {
      sessionStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // Nothing to do: the form itself still holds the text.
    }
  },
  forget(key) {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // Switched off.
    }
  },
  forgetAll(wanted) {
    try {
      Object.keys(sessionStorage)
        .filter((key) => key.startsWith("yagura-draft:") && wanted(key))
        .forEach((key) => sessionStorage.removeItem(key));
    } catch {
      // Switched off.
    }
  },
};

const isKept = (field) =>
  field.name && !field.disabled && !["password", "file", "hidden", "submit", "button"].includes(field.type)
  && field.autocomplete !== "one-time-code";

function values(form) {
  const kept = {};
  for (const field of form.elements) {
    if (!isKept(field)) continue;
    const list = (kept[field.name] ??= []);
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked) list.push(field.value);
    } else if (field.tagName === "SELECT") {
      for (const option of field.selectedOptions) list.push(option.value);
    } else {
      list.push(field.value);
    }
  }
  return kept;
}

function restore(form, kept) {
  const places = {};
  for (const field of form.elements) {
    if (!isKept(field) || !(field.name in kept)) continue;
    const list = kept[field.name];
    if (field.type === "checkbox" || field.type === "radio") {
      field.checked = list.includes(field.value);
    } else if (field.tagName === "SELECT") {
      for (const option of field.options) option.selected = list.includes(option.value);
    } else {
      const place = places[field.name] ?? 0;
      places[field.name] = place + 1;
      if (place in list) field.value = list[place];
    }
  }
}

// A draft belongs to one person, one page and one version of the record. A page that says it saved
// ends the drafts that were sent; a session that ended meanwhile does not, so they come back.
function keepDraft(form) {
  const key = drafts.keyOf(form);
  const version = form.elements.version?.value ?? "";
  const served = JSON.stringify(values(form));
  const draft = drafts.read(key);
  const notice = form.querySelector("[data-draft-notice]");
  const older = form.querySelector("[data-draft-older]");
  const hasErrors = form.querySelector("[aria-invalid]") !== null;
  if (draft && !hasErrors && JSON.stringify(draft.values) !== served) {
    if (draft.version === version) {
      restore(form, draft.values);
      if (notice) notice.hidden = false;
    } else if (older) {
      // Somebody saved in between: the reader decides.
      older.hidden = false;
      older.querySelector("[data-draft-restore]")?.addEventListener("click", () => {
        restore(form, draft.values);
        older.hidden = true;
        keep(false);
      });
    }
  }
  each(form, "[data-draft-discard]", (button) => button.addEventListener("click", () => {
    drafts.forget(key);
    restore(form, JSON.parse(served));
    for (const line of [notice, older]) if (line) line.hidden = true;
  }));
  let waiting = 0;
  const keep = (sent) => {
    clearTimeout(waiting);
    drafts.write(key, { version, values: values(form), sent });
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => keep(false), 300);
  });
  form.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) keep(true);
  });
}

function confirmFirst(event) {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
}

function upload(form) {
  const panel = form.querySelector("[data-upload-progress]");
  if (!panel || !window.FormData) return;
  const bar = panel.querySelector("progress");
  const words = panel.querySelector("[data-upload-words]");
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

  each(form, "input[type=file][data-largest]", (field) => {
    field.addEventListener("change", () => {
      const largest = Number(field.dataset.largest);
      const over = [...field.files].find((file) => file.size > largest);
      field.setCustomValidity(over ? fill(field.dataset.tooLarge, { name: over.name, megabytes: megabytes(over.size) }) : "");
      if (over) field.reportValidity();
    });
  });

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    const tooLarge = [...form.elements].find((field) => field.type === "file" && !field.checkValidity());
    if (tooLarge) {
      tooLarge.reportValidity();
      return;
    }
    const request = new XMLHttpRequest();
    const data = new FormData(form);
    if (event.submitter?.name) data.append(event.submitter.name, event.submitter.value);
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.upload.addEventListener("progress", (progress) => {
      if (!progress.lengthComputable) return;
      const percent = Math.floor((progress.loaded / progress.total) * 100);
      bar.value = percent;
      words.textContent = fill(panel.dataset.words, {
        done: megabytes(progress.loaded), total: megabytes(progress.total), percent,
      });
    });
    request.addEventListener("load", () => show(request.responseText, request.responseURL));
    request.addEventListener("error", () => {
      words.textContent = panel.dataset.failed;
      bar.removeAttribute("value");
    });
    request.addEventListener("abort", () => { panel.hidden = true; });
    panel.querySelector("[data-upload-cancel]").onclick = () => request.abort();
    panel.hidden = false;
    bar.value = 0;
    request.send(data);
  });
}

// Shows the page that answered an upload. Asking for it again would lose its「保存しました」.
function show(text, address) {
  const page = new DOMParser().parseFromString(text, "text/html");
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  if (address) history.pushState(null, "", address);
  window.scrollTo(0, 0);
  start();
}

let stream = null;
function live() {
  stream?.close();
  stream = null;
  const url = document.body.dataset.live;
  if (!url || !window.EventSource) return;
  stream = new EventSource(url);
  // {"counts": {"notices": 3}, "progress": {"job-id": {"done": 3, "total": 10, "words": "…"}}, "reload": true}
  stream.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    for (const [name, count] of Object.entries(news.counts ?? {})) {
      each(document, `[data-live-count="${CSS.escape(name)}"]`, (place) => {
        place.textContent = count > 0 ? String(count) : "";
        place.classList.toggle("empty", !(count > 0));
      });
    }
    for (const [name, state] of Object.entries(news.progress ?? {})) {
      each(document, `progress[data-live-progress="${CSS.escape(name)}"]`, (bar) => {
        bar.max = state.total;
        bar.value = state.done;
      });
      each(document, `[data-live-words="${CSS.escape(name)}"]`, (place) => { place.textContent = state.words; });
    }
    if (news.reload) location.reload();
  });
}
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => { if (event.persisted) live(); });

function selectAll(master) {
  const form = master.form ?? document;
  const boxes = () => [...form.querySelectorAll(`input[type=checkbox][name="${CSS.escape(master.dataset.selectAll)}"]`)];
  const recount = () => {
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    master.checked = ticked > 0 && ticked === all.length;
    master.indeterminate = ticked > 0 && ticked < all.length;
    each(form, "[data-selected-count]", (place) => { place.textContent = String(ticked); });
  };
  master.addEventListener("change", () => {
    boxes().forEach((box) => { box.checked = master.checked; });
    recount();
  });
  form.addEventListener("change", recount);
  recount();
}

function copy(button) {
  button.addEventListener("click", async () => {
    const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
    const text = button.dataset.copyText ?? source?.value ?? source?.textContent ?? "";
    try {
      await navigator.clipboard.writeText(text.trim());
    } catch {
      // Without the clipboard's leave the text is selected, ready for the keyboard.
      if (source) getSelection()?.selectAllChildren(source);
      return;
    }
    const label = button.dataset.label ?? button.textContent;
    button.dataset.label = label;
    button.textContent = button.dataset.copied ?? label;
    setTimeout(() => { button.textContent = label; }, 2500);
  });
}

const base64url = {
  decode(text) {
    const padded = text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
    return Uint8Array.from(atob(padded), (character) => character.charCodeAt(0)).buffer;
  },
  encode(buffer) {
    const text = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  },
};

function decodeOptions(options) {
  const publicKey = { ...options.publicKey, challenge: base64url.decode(options.publicKey.challenge) };
  if (publicKey.user) publicKey.user = { ...publicKey.user, id: base64url.decode(publicKey.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    publicKey[list] = publicKey[list]?.map((entry) => ({ ...entry, id: base64url.decode(entry.id) }));
    if (!publicKey[list]) delete publicKey[list];
  }
  return { publicKey };
}

function encodeCredential(credential) {
  const response = { clientDataJSON: base64url.encode(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = base64url.encode(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: base64url.encode(credential.rawId),
    type: credential.type,
    extensions: credential.getClientExtensionResults(),
    response,
  };
}

// <form data-passkey="register" action="/…" data-options="/…" data-host="…" data-cancelled="…" data-failed="…" hidden>
// The options endpoint gets the form's fields as JSON and answers {"publicKey": …, "ceremony": "…"}, or
// {"location": "/…"} where something else comes first. The browser's answer is then sent with the form
// itself, in the fields `ceremony` and `credential`: what comes back is a page like any other.
// The form is marked hidden and shown only where the browser knows passkeys and came by the host name
// to which they are bound.
const passkeysWork = (form) => window.PublicKeyCredential && location.hostname === form.dataset.host;

// The browser offers passkeys in the login field while this waits; a button ends the waiting.
let offered = null;
const OFFER_LASTS = 4 * 60 * 1000; // shorter than the ceremony lives on the server
const MOST_OFFERS = 30;

async function passkeyOptions(form, fields) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(fields),
  });
  const content = await answer.json().catch(() => ({}));
  if (content.location) {
    location.assign(content.location);
    return null;
  }
  if (!answer.ok || !content.publicKey) throw new Error(content.problem ?? form.dataset.failed);
  return content;
}

function sendCredential(form, ceremony, credential) {
  const answer = { ceremony, credential: JSON.stringify(encodeCredential(credential)) };
  for (const [name, value] of Object.entries(answer)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  form.submit();
}

function passkey(form) {
  if (!passkeysWork(form)) {
    const elsewhere = form.nextElementSibling;
    if (elsewhere?.matches("[data-passkey-elsewhere]")) elsewhere.hidden = location.hostname === form.dataset.host;
    return;
  }
  form.hidden = false;
  const status = form.querySelector("[data-passkey-status]");
  const say = (text) => { if (status) status.textContent = text; };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say("");
    offered?.abort();
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      const options = await passkeyOptions(form, Object.fromEntries(new FormData(form)));
      if (!options) return;
      const credential = form.dataset.passkey === "register"
        ? await navigator.credentials.create(decodeOptions(options))
        : await navigator.credentials.get(decodeOptions(options));
      sendCredential(form, options.ceremony, credential);
    } catch (error) {
      const cancelled = ["NotAllowedError", "AbortError"].includes(error.name);
      const known = error.name === "InvalidStateError";
      say(cancelled ? form.dataset.cancelled : known ? form.dataset.known : error.message || form.dataset.failed);
      if (button) button.disabled = false;
    }
  });
  if ("passkeyAutofill" in form.dataset) offerPasskeys(form);
}

async function offerPasskeys(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  for (let offer = 0; offer < MOST_OFFERS && form.isConnected; offer += 1) {
    offered = new AbortController();
    const { signal } = offered;
    let renewing = false;
    const renewal = setTimeout(() => {
      renewing = true;
      offered.abort();
    }, OFFER_LASTS);
    try {
      const options = await passkeyOptions(form, Object.fromEntries(new FormData(form)));
      if (!options || signal.aborted) return;
      const credential = await navigator.credentials.get({ ...decodeOptions(options), mediation: "conditional", signal });
      sendCredential(form, options.ceremony, credential);
      return;
    } catch {
      // Only an offer: the button and the password remain.
      if (!renewing) return;
    } finally {
      clearTimeout(renewal);
    }
  }
}

function closeMenus(event) {
  each(document, "details.person[open]", (menu) => {
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.type === "click" && !menu.contains(event.target)) {
      menu.open = false;
    }
  });
}

function start() {
  if (document.querySelector("[data-saved]")) {
    drafts.forgetAll((key) => drafts.read(key)?.sent === true);
  }
  each(document, "form[data-draft]", keepDraft);
  each(document, "form[data-upload]", upload);
  each(document, "input[data-select-all]", selectAll);
  each(document, "[data-copy], [data-copy-text]", copy);
  each(document, "form[data-passkey]", passkey);
  each(document, "form[data-forget-drafts]", (form) => {
    form.addEventListener("submit", () => drafts.forgetAll(() => true));
  });
  each(document, "[data-print]", (button) => button.addEventListener("click", () => window.print()));
  document.querySelector("[data-error-summary]")?.focus();
  live();
}

// In the capturing phase, so that a「いいえ」 comes before drafts and uploads act.
addEventListener("submit", confirmFirst, true);
addEventListener("keydown", closeMenus);
addEventListener("click", closeMenus);
addEventListener("beforeprint", () => each(document, "details.more:not([open])", (part) => {
  part.open = true;
  part.dataset.opened = "";
}));
addEventListener("afterprint", () => each(document, "details[data-opened]", (part) => {
  part.open = false;
  delete part.dataset.opened;
}));

start();
