// What the pages say, in English and Korean: each page adds its own words to those of all.

const KEPT = "language"; // where the browser keeps what was chosen

const WORDS = {
  en: {
    otherLanguage: "한국어",
    before: "Before",
    after: "After",
    seconds: "{n} s",
    minutes: "{n} min",
    zoom: "Zoom",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    zoomFit: "Whole image",
    zoomed: "Zoom {percent}",
    view: "Two images, one above the other; arrow keys move them",
    divider: "Divider between before and after",
    dividerAt: "{percent} % before",
    keys:
      "Drag the divider; drag the image to move it; zoom with the wheel, two fingers or a double click. " +
      "Keys: , and . move the divider, + and − zoom, 0 shows all, Shift with arrows moves the image.",
  },
  ko: {
    otherLanguage: "English",
    before: "전",
    after: "후",
    seconds: "{n}초",
    minutes: "{n}분",
    zoom: "보기 배율",
    zoomIn: "확대해 보기",
    zoomOut: "축소해 보기",
    zoomFit: "전체 보기",
    zoomed: "보기 배율 {percent}",
    view: "겹쳐 놓은 두 이미지. 화살표 키로 움직입니다",
    divider: "전과 후의 경계",
    dividerAt: "전 {percent}%",
    keys:
      "경계를 끌어 비교하고, 이미지를 끌어 움직이고, 휠이나 두 손가락, 두 번 누르기로 확대합니다. " +
      "키: , 와 . 는 경계 이동, + − 는 확대·축소, 0은 전체 보기, Shift와 화살표는 이미지 이동.",
  },
};
const OTHER = { en: "ko", ko: "en" };

const listeners = [];
let language = firstLanguage();

/** What the address asks for (#lang=ko), else what was chosen before, else what the browser speaks. */
function firstLanguage() {
  const asked = new URLSearchParams(location.hash.slice(1)).get("lang");
  return [asked, keptLanguage()].find((name) => name in WORDS) ?? (navigator.language.startsWith("ko") ? "ko" : "en");
}

function keptLanguage() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // storage is switched off
  }
}

/** The words of a page: {en: {name: words}, ko: {name: words}}, with the same names in both. */
export function addWords(more) {
  for (const name of Object.keys(WORDS)) Object.assign(WORDS[name], more[name]);
}

export function words(name, values = {}) {
  return WORDS[language][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

export function duration(seconds) {
  if (seconds < 99.5) return words("seconds", { n: seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds) });
  return words("minutes", { n: Math.round(seconds / 60) });
}

/** Write the words into everything below a node that asks for them. */
export function fill(node) {
  const each = (attribute, write) => {
    for (const found of node.querySelectorAll(`[data-${attribute}]`)) write(found, words(found.dataset[attribute]));
  };
  each("word", (found, text) => (found.textContent = text));
  each("label", (found, text) => found.setAttribute("aria-label", text));
  each("alt", (found, text) => (found.alt = text));
  each("placeholder", (found, text) => (found.placeholder = text));
}

/** Be told of another language, to say again what no attribute asks for. */
export function onLanguage(listener) {
  listeners.push(listener);
}

function speak() {
  document.documentElement.lang = language;
  fill(document);
  document.getElementById("language").lang = OTHER[language];
  for (const listener of listeners) listener();
}

/** Say everything, and let the button `language` change the language. */
export function startSpeaking() {
  document.getElementById("language").addEventListener("click", () => {
    language = OTHER[language];
    try {
      localStorage.setItem(KEPT, language);
    } catch {
      // it is asked for again the next time
    }
    speak();
  });
  speak();
}
