"use strict";
(() => {
  // A hop or a seam is a stretch of the one film. It plays where the reader is: in a small window beside what is read.
  const player = document.getElementById("player"), stage = document.getElementById("stage"), dock = document.getElementById("dock");
  let end = Infinity, ours = false;

  function seek(at) { ours = true; player.currentTime = at; }
  function small(yes) { stage.classList.toggle("mini", yes); dock.hidden = !yes; }

  // Stops with the last frame of the stretch: paused one frame early, then put on it, so that no frame of the next shows.
  function watch(now) {
    const frame = 1 / Number(player.dataset.rate);
    if (now >= end - 2.2 * frame) {
      const last = end - 0.5 * frame;
      end = Infinity;
      player.pause();
      seek(last);
    } else if (end !== Infinity) next();
  }
  function next() {
    if (player.requestVideoFrameCallback) player.requestVideoFrameCallback((_, frame) => watch(frame.mediaTime));
    else requestAnimationFrame(() => watch(player.currentTime));
  }
  function play(button) {
    const box = stage.parentElement.getBoundingClientRect();
    if (box.bottom < 80 || box.top > innerHeight - 80) small(true);
    end = Number(button.dataset.to);
    seek(Number(button.dataset.from) + 0.5 / Number(player.dataset.rate));
    next();
    player.play();
  }

  if (player) {
    player.poster = document.querySelector("img.poster").src;
    for (const button of document.querySelectorAll("button[data-from]")) button.addEventListener("click", () => play(button));
    dock.addEventListener("click", () => { player.pause(); small(false); });
    // Whoever moves the slider has other wishes than that button.
    player.addEventListener("seeking", () => { if (!ours) end = Infinity; ours = false; });
    new IntersectionObserver(([seen]) => { if (seen.isIntersecting) small(false); }).observe(stage.parentElement);
  }

  for (const button of document.querySelectorAll("button.flip")) {
    const block = button.closest("section"), shown = block.querySelector(".last"), words = shown.nextElementSibling;
    const was = [shown.src, words.innerHTML], other = block.querySelector(".first");
    button.addEventListener("click", () => {
      const flipped = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", flipped);
      [shown.src, words.innerHTML] = flipped ? [other.src, other.nextElementSibling.innerHTML] : was;
    });
  }

  // On paper everything is open.
  let closed = [];
  addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")]; for (const each of closed) each.open = true; });
  addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
})();
