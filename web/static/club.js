"use strict";
// Only makes easier what works without it.

function addShowButtons() {
  for (const frame of document.querySelectorAll(".password")) {
    const field = frame.querySelector("input");
    const { show, hide } = frame.dataset;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-primary";
    button.textContent = show;
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => {
      const isHidden = field.type === "password";
      field.type = isHidden ? "text" : "password";
      button.textContent = isHidden ? hide : show;
    });
    field.form.addEventListener("submit", () => { field.type = "password"; });
    frame.append(button);
  }
}

// A field to copy from gets a button; without the browser's leave the text is selected instead.
function addCopyButtons() {
  for (const frame of document.querySelectorAll("[data-copy]")) {
    const field = frame.querySelector("input");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-primary";
    button.textContent = frame.dataset.copy;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      field.select();
      const isDone = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
      if (isDone) button.textContent = frame.dataset.copied;
    });
    frame.append(button);
  }
}

// Where the device has a sheet of its own for sharing, a link is given to that; the other ways stay.
function addShareButtons() {
  if (!navigator.share) return;
  for (const frame of document.querySelectorAll("[data-share]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-outline-primary";
    button.textContent = frame.dataset.share;
    button.addEventListener("click", () => { navigator.share({ url: frame.dataset.link }).catch(() => null); });
    frame.append(button);
  }
}

function goToErrors() {
  document.querySelector("[data-focus]")?.focus();
}

// A form with data-live works itself out again while one types: the parts marked data-part are taken from the answer.
// Where it names fields, only these ask; what had the focus has it afterwards too.
function recalculateAsOneTypes() {
  for (const form of document.querySelectorAll("form[data-live]")) {
    let waiting, asked = 0;
    const names = form.dataset.live.split(" ").filter(Boolean);
    const ask = async () => {
      const number = ++asked;
      const sent = new FormData(form);
      sent.set("do", "live");
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent) }).catch(() => null);
      if (!answer?.ok || number !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of form.querySelectorAll("[data-part]")) {
        const fresh = page.getElementById(part.id);
        if (!fresh || number !== asked) continue;
        const held = part.contains(document.activeElement) ? document.activeElement.id : "";
        part.replaceWith(document.importNode(fresh, true));
        if (held) document.getElementById(held)?.focus();
      }
    };
    form.addEventListener("input", (event) => {
      if (names.length && !names.includes(event.target.name)) return;
      clearTimeout(waiting);
      waiting = setTimeout(ask, 500);
    });
    form.addEventListener("submit", () => { clearTimeout(waiting); asked += 1; });
  }
}

// A part with data-refresh shows anew every few seconds how far something is; when that is over, so is the page.
function followProgress() {
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  const seconds = Number(part.dataset.refresh);
  const look = async () => {
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const fresh = page?.getElementById(part.id);
    if (page && !fresh?.dataset.refresh) { location.reload(); return; }
    if (fresh) part.replaceChildren(...document.importNode(fresh, true).childNodes);
    setTimeout(look, seconds * 1000);
  };
  setTimeout(look, seconds * 1000);
}

// A colour in digits gets the browser's own chooser beside it; the preview follows both.
function addColorChoosers() {
  const preview = document.querySelector("link[data-preview]");
  const fields = document.querySelectorAll("[data-color]");
  const show = () => {
    const form = fields[0].form;
    const asked = { brand: form.brand_color.value, accent: form.accent_color.value, fonts: form.font_pair.value };
    preview.href = `${preview.dataset.preview}?${new URLSearchParams(asked)}`;
  };
  for (const field of fields) {
    const chooser = document.createElement("input");
    chooser.type = "color";
    chooser.className = "color-chooser";
    chooser.setAttribute("aria-label", field.labels[0].textContent);
    chooser.value = field.value.toLowerCase();
    chooser.addEventListener("input", () => { field.value = chooser.value.toUpperCase(); });
    field.addEventListener("input", () => { if (/^#[0-9a-f]{6}$/i.test(field.value)) chooser.value = field.value.toLowerCase(); });
    field.after(chooser);
  }
  if (preview && fields.length) fields[0].form.addEventListener("change", show);
}

// A form with data-passkey asks the device first and takes its answer along. Where that fails it is sent without one, and
// the page says what is wrong.
function usePasskeys() {
  if (!window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (sent) => sent && btoa(String.fromCharCode(...new Uint8Array(sent))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (known = []) => known.map((one) => ({ ...one, id: bytes(one.id) }));
  const ask = async (kind, options) => {
    options.challenge = bytes(options.challenge);
    if (kind === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = keys(options.excludeCredentials);
    } else {
      options.allowCredentials = keys(options.allowCredentials);
    }
    const key = await navigator.credentials[kind]({ publicKey: options });
    const response = { clientDataJSON: text(key.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (key.response[name]) response[name] = text(key.response[name]);
    }
    return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: {} });
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const { passkey: kind, begin } = form.dataset;
    form.hidden = false;
    window.addEventListener("pageshow", () => delete form.dataset.asking);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.asking) return;
      form.dataset.asking = "yes";
      const begun = await fetch(begin, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
      if (begun?.ok) form.elements.answer.value = await ask(kind, await begun.json()).catch(() => "");
      form.submit();
    });
  }
}

addShowButtons();
addCopyButtons();
usePasskeys();
addShareButtons();
addColorChoosers();
followProgress();
recalculateAsOneTypes();
goToErrors();
