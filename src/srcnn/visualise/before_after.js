// A comparison: any two of its images side by side in the slider.

import { Slider } from "./slider.js";
import { addWords, startSpeaking } from "./words.js";

addWords({
  en: {
    left: "Left",
    right: "Right",
    exchange: "X exchanges left and right.",
    figures: "X exchanges left and right. Figures are PSNR and SSIM of luma against the original.",
  },
  ko: {
    left: "왼쪽",
    right: "오른쪽",
    exchange: "X 키로 좌우를 바꿉니다.",
    figures: "X 키로 좌우를 바꿉니다. 수치는 원본에 대한 휘도의 PSNR과 SSIM입니다.",
  },
});

const data = JSON.parse(document.getElementById("data").textContent);
const slider = new Slider(document.getElementById("comparison"), document);

/** A choice of the image at one side. */
function chooser(side, word) {
  const node = document.getElementById("chooser").content.cloneNode(true).firstElementChild;
  const select = node.querySelector("select");
  node.querySelector("label span").dataset.word = word;
  data.images.forEach((image, number) => select.add(new Option(image.name, number)));
  select.value = String(data[word]);
  select.addEventListener("change", () => put(side, node));
  return node;
}

function put(side, node) {
  const image = data.images[node.querySelector("select").value];
  node.querySelector("output").textContent = image.caption;
  slider.put(side, image.source, [image.name, image.caption].filter(Boolean).join(", "));
}

const choosers = { before: chooser("before", "left"), after: chooser("after", "right") };
slider.bar.prepend(choosers.before);
slider.bar.append(choosers.after);
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("select")) return; // which looks for an item of that letter
  const [left, right] = Object.values(choosers).map((node) => node.querySelector("select"));
  [left.value, right.value] = [right.value, left.value];
  for (const [side, node] of Object.entries(choosers)) put(side, node);
});

document.querySelector("footer").dataset.word = data.measured ? "figures" : "exchange";
startSpeaking();
const [before, after] = [data.left, data.right].map((number) => data.images[number].source);
slider.show({ before, after, width: data.width, height: data.height, part: data.part });
for (const [side, node] of Object.entries(choosers)) put(side, node);
