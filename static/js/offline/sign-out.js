// Signing out: what was opened on this device goes; what the server does not have yet stays, and is said.

import { entriesOf } from "./store.js";
import { forgetAll } from "../player/keep.js";

const form = document.querySelector("form[data-sign-out]");
const told = form?.querySelector("[data-unsent]");

entriesOf(document.body.dataset.person)
  .then((entries) => {
    if (told && entries.length) told.hidden = false;
  })
  .catch(() => {});

form?.addEventListener("submit", () => forgetAll());
