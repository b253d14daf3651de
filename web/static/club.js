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

function goToErrors() {
  document.querySelector("[data-focus]")?.focus();
}

// A form with data-live works itself out again while one types: the parts marked data-part are taken from the answer.
function recalculateAsOneTypes() {
  for (const form of document.querySelectorAll("form[data-live]")) {
    let waiting, asked = 0;
    const ask = async () => {
      const number = ++asked;
      const sent = new FormData(form);
      sent.set("do", "live");
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent) }).catch(() => null);
      if (!answer?.ok || number !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of form.querySelectorAll("[data-part]")) {
        const fresh = page.getElementById(part.id);
        if (fresh && number === asked) part.replaceWith(document.importNode(fresh, true));
      }
    };
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 500); });
    form.addEventListener("submit", () => { clearTimeout(waiting); asked += 1; });
  }
}

addShowButtons();
recalculateAsOneTypes();
goToErrors();
