// What has just happened, for people who hear a page.
export const said = document.getElementById("said");

export function say(words) {
  said.textContent = "";
  setTimeout(() => { said.textContent = words; }, 50); // the same words twice are heard twice
}
