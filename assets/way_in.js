// The token of an invitation stands behind # so that it enters no log; it goes from there into the form, and out of sight.

const form = document.querySelector("[data-way-in]");
const field = form?.elements.namedItem("token");
const token = location.hash.slice(1);
if (field && token) {
  field.value = token;
  field.closest(".field").hidden = true;
  history.replaceState(null, "", location.pathname);
}
