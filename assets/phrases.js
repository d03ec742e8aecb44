// A stroke, the name of a phrase and a space: the phrase stands there instead.

export function phrases(form, list) {
  const known = new Map();
  for (const name of list?.querySelectorAll("dt") ?? []) {
    known.set(name.textContent.trim(), name.nextElementSibling.textContent);
  }
  form.addEventListener("input", (event) => {
    const field = event.target;
    if (event.isComposing || !/^(TEXTAREA|INPUT)$/.test(field.tagName) || field.selectionStart === null) return;
    const before = field.value.slice(0, field.selectionStart);
    const typed = before.match(/(?:^|\s)(\/[a-z0-9_]+)\s$/)?.[1];
    const text = known.get(typed);
    if (!text) return;
    const from = before.length - typed.length - 1;
    field.setRangeText(`${text} `, from, before.length, "end");
  });
}
