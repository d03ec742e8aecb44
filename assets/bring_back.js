// What was kept in the browser from an earlier visit, and did not reach the server then.

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

// The words, whatever their order: what the server makes of blank fields is no difference.
const meant = (text) => {
  const words = ([name, value]) => name.startsWith("body/") && value.trim() && !name.endsWith("@aside");
  const held = [...new URLSearchParams(text)].filter(words);
  return held.map((pair) => pair.join("=").replaceAll("\r\n", "\n")).sort().join("&");
};

// The version that stands now: what was sent while the page before was left may have arrived after this one was made.
async function versionNow() {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const page = await fetch(location.href).then((answer) => answer.text(), () => "");
  return new DOMParser().parseFromString(page, "text/html").querySelector('#note [name="_version"]')?.value;
}

export async function bringBack(form, kept, saved, version) {
  const left = kept.get();
  if (!left) return;
  if (meant(left.fields) === meant(saved) || document.getElementById("faults")) {
    kept.drop();
    return;
  }
  const now = version && (await versionNow());
  if (now && now !== version) {
    location.reload();
    return;
  }
  const at = new Date(left.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const says = `What you typed here at ${at} did not reach Tandem. It is kept in this browser.`;
  const bar = make("div", { className: "notice" });
  bar.setAttribute("role", "status");
  const press = (textContent, click) => {
    const button = make("button", { type: "button", textContent });
    button.addEventListener("click", click);
    return button;
  };
  const drop = () => {
    kept.drop();
    bar.remove();
  };
  const bring = () => (left.version ? over(form, left) : begin(form, left, kept));
  bar.append(make("p", { textContent: says }), press("Bring it back", bring), " ", press("Throw it away", drop));
  form.prepend(bar);
}

// Saved over the version that it was written over, so that it stands beside whatever was saved since.
function over(form, left) {
  const fields = new URLSearchParams(left.fields);
  fields.set("_version", left.version);
  submit(form, fields);
}

// The very request that began the note: if it did arrive, it is known again and begins no second one.
async function begin(form, left, kept) {
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const answer = await fetch(form.action, { method: "POST", body: left.fields, headers }).catch(() => null);
  if (answer?.ok && answer.headers.get("content-type")?.startsWith("application/json")) {
    kept.drop();
    location.assign((await answer.json()).edit);
  } else if (answer) {
    const fields = new URLSearchParams(left.fields);
    fields.delete("_automatic");
    submit(form, fields);
  }
}

function submit(form, fields) {
  for (const own of ["_key", "_zone"]) fields.set(own, form.elements.namedItem(own).value);
  const other = make("form", { method: "post", action: form.action, hidden: true });
  for (const [name, value] of fields) other.append(make("textarea", { name, value }));
  document.body.append(other);
  other.submit();
}
