// Forms with a little help: tick a whole page, shrink photos before they are sent, lose nothing when a session has ended.
// Everything works without it.
"use strict";

const ACCOUNT = "/account";
const QUALITY = 0.85;

for (const all of document.querySelectorAll("[data-all]")) {
  const boxes = document.querySelectorAll(`input[type=checkbox][name="${all.dataset.all}"]`);
  all.hidden = boxes.length === 0;
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
}

async function smaller(file, longest) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((ready) => { canvas.toBlob(ready, "image/jpeg", QUALITY); });
  return made && made.size < file.size ? new File([made], "photo.jpg", { type: "image/jpeg" }) : file;
}

for (const input of document.querySelectorAll("input[type=file][data-pixels]")) {
  input.addEventListener("change", async () => {
    const kept = new DataTransfer();
    for (const file of input.files) {
      // what is no picture is left to the server, which says so
      kept.items.add(await smaller(file, Number(input.dataset.pixels)).catch(() => file));
    }
    input.files = kept.files;
  });
}

async function proof() {
  const answer = await fetch(ACCOUNT, { redirect: "manual", cache: "no-store" });
  if (!answer.ok) {
    return "";
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const field = page.querySelector("input[name=csrf]");
  return field ? field.value : "";
}

function say(form) {
  let notice = form.querySelector(".notice");
  if (!notice) {
    notice = document.createElement("p");
    notice.className = "notice";
    notice.setAttribute("role", "alert");
    const link = document.createElement("a");
    link.href = "/login?next=/account";
    link.target = "_blank";
    link.textContent = form.dataset.signIn;
    notice.append(form.dataset.kept, " ", link);
    form.append(notice);
  }
}

for (const form of document.querySelectorAll("form[data-kept]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    let known = form.elements.csrf.value;
    try {
      known = await proof();
    } catch {
      // no network: the browser says so itself, and keeps the page
    }
    if (known) {
      form.elements.csrf.value = known;
      form.submit();
    } else {
      say(form);
    }
  });
}
