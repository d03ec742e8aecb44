// What makes every page easier; each page works without it.
import { count } from "./alerts.js";
import { tidy } from "./kept.js";
import { listen } from "./keys.js";
import { watch } from "./lock.js";

tidy();
listen(document);

const seconds = Number(document.body.dataset.lockSeconds);
if (seconds > 0) watch(seconds);

const badge = document.querySelector("[data-unread]");
if (badge) count(badge);

// A form that was refused says so before anything else.
document.getElementById("faults")?.focus();

// One click, one form: the second of a double click is not sent.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// Coming back by the back button, it can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
