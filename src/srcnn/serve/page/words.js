// All words of the page, in English and Korean.

const WORDS = {
  en: {
    tagline: "Enlarge images. They stay on the machine that runs this page.",
    token: "Token of this service", unlock: "Unlock",
    drop: "Drop images or a folder here", paste: "or paste one from the clipboard",
    choose: "Choose images", folder: "Choose a folder",
    settings: "Settings", size: "Size",
    "size.scale": "Times larger", "size.width": "Width", "size.height": "Height", "size.long": "Longer side",
    "size.short": "Shorter side", "size.fit": "Fit into", "size.fill": "Fill, cropped", "size.megapixels": "Megapixels",
    "size.print": "Print",
    "amount.scale": "Factor, such as 2 or 1.5", "amount.pixels": "Pixels", "amount.box": "Pixels, such as 1920x1080",
    "amount.megapixels": "Millions of pixels", "amount.print": "Paper, such as 30x40cm or 8x10in", dpi: "Dots per inch",
    model: "Model", "model.auto": "Automatic",
    "model.hint": "Automatic takes Photo for images worn by noise or JPEG, and Best for others.",
    "model.fast": "Fast", "model.best": "Best", "model.photo": "Photo",
    more: "More settings", denoise: "Noise of the images, 0 to 50", jpeg: "JPEG quality of the images, 1 to 100 or off",
    automatic: "automatic", format: "Format", "format.same": "As the image", quality: "Quality of the file, 1 to 100",
    lossless: "Lossless WebP or AVIF", tta: "A little better, eight times slower",
    start: "Enlarge", start1: "Enlarge 1 image", startn: "Enlarge {n} images", startnone: "Add an image first",
    images: "Images", all: "Download all (zip)", clear: "Remove all",
    compare: "Compare", save: "Download", remove: "Remove {name}", cancel: "Stop {name}",
    ready: "ready", sending: "sending", waiting: "waiting, {n} before it", next: "waiting, next",
    working: "working", left: "about {time} left", full: "the service is busy; next try in {n} s",
    done: "{from} → {to}, {model}, {time}", failed: "Failed: {why}", lost: "the service cannot be reached",
    told: "{name}: done", toldfailed: "{name}: failed. {why}", added1: "1 image added", addedn: "{n} images added",
    noimage: "No images among these files", s: "{n} s", min: "{n} min", zip: "packing", big: "The images have more than 4 GB; download them one by one",
    before: "Before", after: "After", close: "Close", "zoom.in": "Zoom in", "zoom.out": "Zoom out", "zoom.fit": "Whole image",
    divider: "Divider between before and after",
    keys: "Drag the divider or use ← →; zoom with the wheel, two fingers, + and −; move with Shift and arrows; 0 shows all.",
    viewer: "{name}: before and after", browser: "Compute in this browser instead", docs: "HTTP interface for programs",
  },
  ko: {
    tagline: "이미지를 확대합니다. 이미지는 이 페이지를 실행하는 컴퓨터를 떠나지 않습니다.",
    token: "이 서비스의 토큰", unlock: "열기",
    drop: "이미지나 폴더를 여기에 놓으세요", paste: "또는 클립보드에서 붙여 넣으세요",
    choose: "이미지 선택", folder: "폴더 선택",
    settings: "설정", size: "크기",
    "size.scale": "배율", "size.width": "너비", "size.height": "높이", "size.long": "긴 변", "size.short": "짧은 변",
    "size.fit": "안에 맞추기", "size.fill": "채우고 자르기", "size.megapixels": "메가픽셀", "size.print": "인화",
    "amount.scale": "배율 (예: 2, 1.5)", "amount.pixels": "픽셀", "amount.box": "픽셀 (예: 1920x1080)",
    "amount.megapixels": "백만 픽셀", "amount.print": "용지 (예: 30x40cm, 8x10in)", dpi: "인치당 점 (dpi)",
    model: "모델", "model.auto": "자동",
    "model.hint": "자동은 노이즈나 JPEG로 손상된 이미지에 ‘사진’을, 나머지에 ‘가장 좋게’를 씁니다.",
    "model.fast": "빠르게", "model.best": "가장 좋게", "model.photo": "사진",
    more: "추가 설정", denoise: "이미지의 노이즈 (0–50)", jpeg: "이미지의 JPEG 품질 (1–100 또는 off)",
    automatic: "자동", format: "형식", "format.same": "원본과 같게", quality: "파일 품질 (1–100)",
    lossless: "무손실 WebP 또는 AVIF", tta: "조금 더 좋게, 여덟 배 느리게",
    start: "확대", start1: "이미지 1개 확대", startn: "이미지 {n}개 확대", startnone: "먼저 이미지를 추가하세요",
    images: "이미지", all: "모두 내려받기 (zip)", clear: "모두 지우기",
    compare: "비교", save: "내려받기", remove: "{name} 지우기", cancel: "{name} 멈추기",
    ready: "준비됨", sending: "보내는 중", waiting: "대기 중, 앞에 {n}개", next: "대기 중, 다음 차례",
    working: "작업 중", left: "약 {time} 남음", full: "서비스가 바쁩니다. {n}초 뒤에 다시 시도합니다",
    done: "{from} → {to}, {model}, {time}", failed: "실패: {why}", lost: "서비스에 연결할 수 없습니다",
    told: "{name}: 완료", toldfailed: "{name}: 실패. {why}", added1: "이미지 1개 추가됨", addedn: "이미지 {n}개 추가됨",
    noimage: "이 파일들 중에 이미지가 없습니다", s: "{n}초", min: "{n}분", zip: "묶는 중", big: "이미지가 4 GB를 넘습니다. 하나씩 내려받으세요",
    before: "전", after: "후", close: "닫기", "zoom.in": "확대해 보기", "zoom.out": "축소해 보기", "zoom.fit": "전체 보기",
    divider: "전과 후의 경계",
    keys: "경계를 끌거나 ← → 키를 쓰세요. 휠, 두 손가락, + − 키로 확대하고, Shift와 화살표로 움직이며, 0 키로 전체를 봅니다.",
    viewer: "{name}: 전과 후", browser: "이 브라우저에서 계산하기", docs: "프로그램용 HTTP 인터페이스",
  },
};

const listeners = [];
let language = stored() ?? (navigator.language.startsWith("ko") ? "ko" : "en");

function stored() {
  try {
    const found = localStorage.getItem("language");
    return found in WORDS ? found : null;
  } catch {
    return null; // storage is switched off
  }
}

export function words(key, values = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function duration(seconds) {
  if (seconds < 99.5) return words("s", { n: seconds < 9.95 ? seconds.toFixed(1) : Math.round(seconds) });
  return words("min", { n: Math.round(seconds / 60) });
}

/** Write the words into everything below a node that asks for them. */
export function fill(node) {
  for (const found of node.querySelectorAll("[data-t]")) found.textContent = words(found.dataset.t);
  for (const found of node.querySelectorAll("[data-label]")) found.setAttribute("aria-label", words(found.dataset.label));
  for (const found of node.querySelectorAll("[data-placeholder]")) found.placeholder = words(found.dataset.placeholder);
}

export function onLanguage(listener) {
  listeners.push(listener);
}

export function show() {
  document.documentElement.lang = language;
  const button = document.getElementById("language");
  button.textContent = language === "en" ? "한국어" : "English";
  button.lang = language === "en" ? "ko" : "en";
  fill(document);
  for (const listener of listeners) listener();
}

export function switchLanguage() {
  language = language === "en" ? "ko" : "en";
  try {
    localStorage.setItem("language", language);
  } catch {
    // it is asked for again the next time
  }
  show();
}
