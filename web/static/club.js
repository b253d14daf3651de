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

addShowButtons();
goToErrors();
