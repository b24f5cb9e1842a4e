// Starts the screens. A file of its own, since the content security policy allows no script in the page.
import init from "./ui.js";

init({ module_or_path: "./ui_bg.wasm" }).catch((error) => {
  const boot = document.getElementById("boot");
  if (boot) boot.textContent = "The console could not start: " + error + ". Reload the page; if that does not help, build it again with cargo xtask ui.";
});
