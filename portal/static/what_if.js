// While a what-if is computed, look again by itself; without scripts the page is loaded anew by hand.
"use strict";

const SECONDS = 3;

if (document.querySelector("[data-running]")) {
  setTimeout(() => location.reload(), SECONDS * 1000);
}
