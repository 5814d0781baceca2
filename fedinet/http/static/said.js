// What has just happened, for people who hear a page.
export const said = document.getElementById("said");
export const { me } = said.dataset; // the member's name in addresses

export function say(words) {
  said.textContent = "";
  setTimeout(() => { said.textContent = words; }, 50); // the same words twice are heard twice
}
