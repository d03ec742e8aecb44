// Rows of a table in a form: one more, one less; and what is usual for a technique.

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const inputs = (row) => [...row.querySelectorAll("input, select, textarea")];
const tableOf = (row) => inputs(row)[0].name.replace(/\/\d+(\/[^/]*)?(@\w+)?$/, "");

// The number that no row of the table has yet; several lists of a page may be of one table.
const next = (form, table) => {
  const numbers = [...form.elements].map((field) => field.name ?? "").filter((name) => name.startsWith(`${table}/`));
  return 1 + Math.max(-1, ...numbers.map((name) => parseInt(name.slice(table.length + 1), 10)));
};

const clear = (row) => {
  for (const field of inputs(row)) {
    if (field.name.endsWith("@aside")) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = false;
    else field.value = "";
  }
};

const changed = (form) => form.dispatchEvent(new Event("input", { bubbles: true }));

export function addRow(list) {
  const last = [...list.querySelectorAll(".table-row")].at(-1);
  const table = tableOf(last);
  const [old, number] = [last.dataset.row, next(list.closest("form"), table)];
  const row = last.cloneNode(true);
  const id = `f-${table.replaceAll("/", "-")}-`;
  row.dataset.row = number;
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const name of ["id", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value?.startsWith(`${id}${old}`)) element.setAttribute(name, value.replace(`${id}${old}`, `${id}${number}`));
    }
    if (element.name) element.name = element.name.replace(`${table}/${old}`, `${table}/${number}`);
  }
  row.querySelectorAll(".error").forEach((error) => error.remove());
  row.classList.remove("wrong");
  const called = row.getAttribute("aria-label");
  if (called) row.setAttribute("aria-label", called.replace(/\d+$/, list.querySelectorAll(".table-row").length + 1));
  clear(row);
  last.after(row);
  return row;
}

export function removeRow(row) {
  const list = row.closest("[data-rows]");
  const rows = [...list.querySelectorAll(".table-row")];
  const form = row.closest("form");
  if (rows.length === 1) {
    clear(row);
  } else {
    const nearby = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
    row.remove();
    inputs(nearby).find((field) => field.type !== "hidden")?.focus();
  }
  changed(form);
}

// What is usual, said where the dose is written.
const suggest = (row) => {
  const technique = row.querySelector('select[name$="/technique"]');
  const dose = row.querySelector('input[name$="/dose"]');
  if (technique && dose) dose.placeholder = technique.selectedOptions[0]?.dataset.hint ?? "";
};

export function tables(form) {
  for (const list of form.querySelectorAll("[data-rows]")) {
    if (list.dataset.rows === "marks") continue; // The body chart sees to these.
    const less = (row) => {
      const button = make("button", { type: "button", className: "less", textContent: "×", title: "Take this row out" });
      button.setAttribute("aria-label", "Take this row out");
      button.addEventListener("click", () => removeRow(row));
      row.append(button);
    };
    list.querySelectorAll(".table-row").forEach((row) => {
      less(row);
      suggest(row);
    });
    const more = make("button", { type: "button", className: "more-rows", textContent: "+ Another row" });
    more.addEventListener("click", () => {
      const row = addRow(list);
      row.querySelector(".less").remove();
      less(row);
      suggest(row);
      inputs(row).find((field) => field.type !== "hidden")?.focus();
    });
    list.append(more);
  }
  form.addEventListener("change", (event) => {
    if (event.target.name?.endsWith("/technique")) suggest(event.target.closest(".table-row"));
  });
}
