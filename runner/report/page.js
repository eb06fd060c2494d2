"use strict";
// A hop is a stretch of the one film: play from its first second, and stop where the next hop begins.
(() => {
  const player = document.getElementById("player");
  if (!player) return;
  let end = Infinity;
  for (const button of document.querySelectorAll("button[data-from]")) {
    button.addEventListener("click", () => {
      player.currentTime = Number(button.dataset.from);
      end = Number(button.dataset.to);
      player.scrollIntoView({ block: "nearest" });
      player.play();
    });
  }
  player.addEventListener("timeupdate", () => {
    if (player.currentTime >= end) { player.pause(); end = Infinity; }
  });
  player.addEventListener("seeking", () => { if (player.paused) end = Infinity; });
})();
