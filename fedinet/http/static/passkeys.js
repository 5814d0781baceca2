// Passkeys: browsers give them to scripts only. Everything else works without this file.
// A form with data-passkey asks that address for options, lets the browser answer, and is sent.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (ch) => ch.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function ask(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.passkey, { method: "POST", body, redirect: "error" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  const { user, allowCredentials, excludeCredentials } = options;
  for (const one of [user ?? [], allowCredentials ?? [], excludeCredentials ?? []].flat()) one.id = bytes(one.id);
  return navigator.credentials[user ? "create" : "get"]({ publicKey: options });
}

function written({ id, type, rawId, response: given }) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (given[part]) response[part] = text(given[part]);
  return JSON.stringify({ id, rawId: text(rawId), type, response, clientExtensionResults: {} });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const trouble = form.querySelector("[data-trouble]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      const stay = document.querySelector("input[type=checkbox][name=stay]");
      if (stay && form.elements.stay) form.elements.stay.value = stay.checked ? "1" : "";
      form.elements.credential.value = written(await ask(form));
      form.submit();
    } catch {
      trouble.hidden = false;
    }
  });
}
