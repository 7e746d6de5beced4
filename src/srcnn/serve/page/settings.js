// The settings, which have the names that the service takes.

import { words } from "./words.js";

const KINDS = {
  scale: { label: "amount.scale", value: "2", type: "number" },
  width: { label: "amount.pixels", value: "1920", type: "number" },
  height: { label: "amount.pixels", value: "1080", type: "number" },
  "long-side": { label: "amount.pixels", value: "2048", type: "number" },
  "short-side": { label: "amount.pixels", value: "1080", type: "number" },
  fit: { label: "amount.box", value: "1920x1080", type: "text" },
  fill: { label: "amount.box", value: "1920x1080", type: "text" },
  megapixels: { label: "amount.megapixels", value: "12", type: "number" },
  print: { label: "amount.print", value: "10x15cm", type: "text" },
};

const element = (id) => document.getElementById(id);

export function showSize({ keep = false } = {}) {
  const kind = KINDS[element("size").value];
  const amount = element("amount");
  element("amount-label").textContent = words(kind.label);
  // A field that is not seen must not keep the form from being sent.
  element("dpi").disabled = element("dpi-field").hidden = element("size").value !== "print";
  if (keep) return;
  amount.type = kind.type;
  amount.min = kind.type === "number" ? 0 : "";
  amount.step = kind.type === "number" ? "any" : "";
  amount.value = kind.value;
}

export function showModels(found) {
  const select = element("model");
  const chosen = select.value;
  const usual = ["auto", "fast", "best", "max", "photo-fast", "photo"];
  const names = found.models.map((model) => model.name);
  const options = usual.filter((name) => name === "auto" || name in found.aliases || names.includes(name));
  const aliased = Object.values(found.aliases);
  const others = names.filter((name) => !usual.includes(name) && !aliased.includes(name));
  select.replaceChildren(
    ...options.map((name) => new Option(words(`model.${name}`), name)),
    ...others.map((name) => new Option(`${name}: ${found.models.find((model) => model.name === name).title}`, name)),
  );
  select.value = chosen || found.default;
}

export function read() {
  const settings = { [element("size").value]: element("amount").value, model: element("model").value };
  const more = ["denoise", "jpeg-quality", "format", "quality"];
  if (element("size").value === "print") more.push("dpi");
  for (const name of more) if (element(name).value) settings[name] = element(name).value;
  for (const name of ["lossless", "tta"]) if (element(name).checked) settings[name] = "true";
  return settings;
}
