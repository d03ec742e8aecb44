// Saves the draft a few seconds after the last letter, by the form's own route, and says so. What cannot be saved is kept in
// the browser and sent when the way is free again.
import { keptFor } from "./kept.js";
import { bringBack } from "./bring_back.js";

const PAUSE = 2000; // from the last letter to saving
const AGAIN = 5000; // until the next try, while nobody answers

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

export function autosave(form) {
  const line = document.getElementById("saving");
  const version = () => form.elements.namedItem("_version")?.value ?? "";
  const isWord = ([name]) => !/^(_|signing\/|kind$|discipline$)/.test(name);
  const words = () => new URLSearchParams([...new FormData(form)].filter(isWord)).toString();
  const body = () => {
    const all = new URLSearchParams(new FormData(form));
    all.set("_automatic", "yes");
    return all.toString();
  };

  let kept = keptFor(form.dataset.autosave, new URL(form.action).pathname);
  // What the server has; of a form that was refused that is not known.
  let saved = document.getElementById("faults") ? "" : words();
  let first; // the request that begins a note: until it is known what came of it, it is sent again word for word
  let running; // the save that is on its way
  let timer;
  let stopped = false; // somebody else saved, or the page is left
  // Where two texts stand side by side, whoever wrote them says which one it is to be.
  const isUndecided = document.getElementById("meanwhile") !== null;

  const isDirty = () => words() !== saved;
  const say = (...parts) => line.replaceChildren(...parts);
  const link = (text, href) => make("a", { textContent: text, href, target: "_blank" });

  const wait = (time) => {
    clearTimeout(timer);
    timer = setTimeout(save, time);
  };

  const put = () => {
    if (kept.put(version(), version() ? words() : body())) return true;
    say("Not saved, and this browser cannot keep it. Do not close the page.");
    return false;
  };

  const took = (told, sent) => {
    kept.drop();
    saved = sent;
    if (!version()) begins(told);
    form.elements.namedItem("_version").value = told.version;
    say(`Saved at ${told.at}`);
    document.dispatchEvent(new Event("tandem:used"));
  };

  // From now on it is a draft, here as at the server.
  const begins = (told) => {
    form.append(make("input", { type: "hidden", name: "_version" }));
    form.setAttribute("action", told.edit);
    history.replaceState(null, "", told.edit);
    kept = keptFor(form.dataset.autosave, told.edit);
    const sign = form.querySelector("[data-sign]");
    sign.setAttribute("formaction", told.sign);
    sign.hidden = false;
  };

  const refused = (status, page) => {
    if (!put()) return;
    const told = new DOMParser().parseFromString(page, "text/html");
    if (status === 412) {
      stopped = true;
      const show = make("button", { type: "button", textContent: "Show both texts" });
      show.addEventListener("click", () => form.requestSubmit());
      say("This note was saved elsewhere meanwhile. What you typed is still here. ", show);
    } else if (status === 409) {
      stopped = true;
      say("This note is no draft any more; what you typed since is on this page alone. ", link("See the note", form.action));
    } else if (status === 401) {
      say("Signed out. What you typed is kept here and saved once you are back. ", link("Sign in", "/sign-in"));
    } else if (told.querySelector('form[action="/unlock"]')) {
      say("Locked. What you typed is kept here and saved once you are back. ", link("Unlock", "/unlock"));
    } else if (status >= 500 || status === 429) {
      say("Tandem does not answer. What you typed is kept in this browser and sent again.");
      wait(AGAIN);
    } else {
      const why = told.querySelector("main li") ?? told.querySelector("main .lead");
      say(`Not saved yet. ${why?.textContent ?? ""}`);
    }
  };

  const send = async () => {
    const sent = first ?? { words: words(), body: body() };
    if (!version()) first = sent;
    say("Saving…");
    let answer;
    let text;
    try {
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      answer = await fetch(form.action, { method: "POST", body: sent.body, headers });
      text = await answer.text();
    } catch {
      if (put()) say("No connection. What you typed is kept in this browser and sent when it is back.");
      wait(AGAIN);
      return;
    }
    if (answer.status < 500) first = undefined;
    if (!answer.headers.get("content-type")?.startsWith("application/json")) return refused(answer.status, text);
    took(JSON.parse(text), sent.words);
    if (isDirty()) wait(PAUSE);
  };

  function save() {
    clearTimeout(timer);
    if (!stopped && !isUndecided && !running && isDirty()) running = send().finally(() => (running = undefined));
    return running ?? Promise.resolve();
  }

  form.addEventListener("input", () => wait(PAUSE));
  form.addEventListener("change", () => wait(PAUSE));
  addEventListener("online", () => wait(0));
  // Back from the page where the password was entered.
  addEventListener("focus", () => isDirty() && wait(300));

  let direct = false;
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    const hold = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    const discards = event.submitter?.hasAttribute("data-discard");
    if (!direct && !discards && (running || !version())) {
      // A save on its way arrives first, or the form would be older than itself; so does the beginning of a note.
      hold();
      save().then(() => {
        direct = true;
        form.requestSubmit(event.submitter);
      });
    } else if (!navigator.onLine) {
      hold();
      direct = false;
      if (put()) say("No connection. What you typed is kept in this browser; send it again when it is back.");
    } else {
      stopped = true;
      if (discards) kept.drop();
      else if (isDirty()) put();
    }
  });

  // Whoever locks or signs out leaves nothing unsaved, if it can be saved.
  let tried = false;
  document.addEventListener(
    "submit",
    (event) => {
      const leaves = /^\/(sign-out|lock)$/.test(event.target.getAttribute("action"));
      if (!leaves || tried || stopped || isUndecided || !(running || isDirty())) return;
      event.preventDefault();
      event.stopPropagation();
      tried = true;
      save().then(() => event.target.requestSubmit(event.submitter));
    },
    true,
  );

  // The page is left: what is not saved yet is sent behind its back, and kept until somebody sees that it arrived.
  addEventListener("pagehide", () => {
    clearTimeout(timer);
    if (stopped || !isDirty() || !put() || running || isUndecided) return;
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    fetch(form.action, { method: "POST", body: body(), headers, keepalive: true }).catch(() => {});
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // A page that answered a form cannot be loaded again; the one it is of can.
  const place = version() ? form.getAttribute("action") : `${form.getAttribute("action")}/new`;
  if (location.pathname !== place) history.replaceState(null, "", place);
  if (isUndecided) say("Not saved by itself until you have saved one of the two texts.");
  bringBack(form, kept, words(), version());
  return { save };
}
