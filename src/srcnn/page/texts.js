// What this page says.

import { addWords } from "./words.js";

addWords({
  en: {
    title: "Enlarge an image",
    lead: "In this browser, without a network: the image never leaves your device.",
    drop: "Drop an image here, paste it, or choose a file",
    choose: "Choose an image",
    another: "Another image",
    scale: "Enlargement",
    model: "Model",
    stop: "Stop",
    reading: "Reading the image …",
    working: "Enlarging: {percent} %",
    left: "{time} left",
    finished: "Finished.",
    stopped: "Stopped.",
    automatic: "Automatic",
    modelHint: "Automatic takes the model for photographs where an image is worn by JPEG or noise.",
    quality: "JPEG quality {quality}",
    noise: "noise {noise}",
    result: "{from} → {to} pixels by {by}, in {time} ({engine})",
    download: "Download PNG",
    unreadable:
      "{name} cannot be read: this browser does not know the format, or the file is damaged. PNG, JPEG, WebP and AVIF " +
      "are safe choices.",
    tooLarge:
      "The result would have more than 268 million pixels. Choose a smaller enlargement, or use the command " +
      "srcnn upscale.",
    failed: "That did not work: {message}. Reload the page, or choose a smaller image.",
    noImage: "No image there: drop, paste or choose a PNG, JPEG, WebP or AVIF file.",
    image: "the image",
  },
  ko: {
    title: "이미지 확대",
    lead: "네트워크 없이 이 브라우저 안에서 계산합니다. 이미지는 기기 밖으로 나가지 않습니다.",
    drop: "이미지를 여기에 끌어다 놓거나, 붙여 넣거나, 파일을 선택하세요",
    choose: "이미지 선택",
    another: "다른 이미지",
    scale: "확대 배율",
    model: "모델",
    stop: "중지",
    reading: "이미지를 읽는 중…",
    working: "확대하는 중: {percent}%",
    left: "{time} 남음",
    finished: "완료했습니다.",
    stopped: "중지했습니다.",
    automatic: "자동",
    modelHint: "자동은 JPEG이나 노이즈로 손상된 이미지에 사진용 모델을 씁니다.",
    quality: "JPEG 품질 {quality}",
    noise: "노이즈 {noise}",
    result: "{from} → {to} 픽셀, {by}, {time} ({engine})",
    download: "PNG 내려받기",
    unreadable:
      "{name}을(를) 읽을 수 없습니다. 이 브라우저가 모르는 형식이거나 손상된 파일입니다. PNG, JPEG, WebP, AVIF " +
      "파일을 사용하세요.",
    tooLarge: "결과가 2억 6천8백만 픽셀을 넘습니다. 더 작은 배율을 고르거나 srcnn upscale 명령을 사용하세요.",
    failed: "실패했습니다: {message}. 페이지를 다시 열거나 더 작은 이미지를 사용하세요.",
    noImage: "이미지가 없습니다. PNG, JPEG, WebP, AVIF 파일을 놓거나 붙여 넣거나 선택하세요.",
    image: "이미지",
  },
});
