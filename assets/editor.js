// What makes writing a note easier; it can be written without.
import { autosave } from "./autosave.js";
import { bodyChart } from "./body_chart.js";
import { phrases } from "./phrases.js";
import { tables } from "./rows.js";

const form = document.getElementById("note");
tables(form);
bodyChart(form);
phrases(form, document.getElementById("phrases"));
const saver = form.dataset.autosave ? autosave(form) : null;

// What was copied and is changed need not be confirmed.
form.addEventListener("input", (event) => {
  if (event.target.closest(".copied")) return;
  const mark = event.target.closest(".part")?.querySelector(":scope > .copied");
  if (mark) mark.hidden = true;
});

// Enter in a line goes nowhere: saving and signing are said outright.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.tagName === "INPUT") event.preventDefault();
});

addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey) return;
  if (event.key === "s") {
    event.preventDefault();
    saver?.save();
  } else if (event.key === "Enter") {
    event.preventDefault();
    const sign = form.querySelector("[data-sign]");
    if (sign.hidden) saver?.save().then(() => sign.hidden || sign.click());
    else sign.click();
  }
});
