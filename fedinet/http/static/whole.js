// Sends a form as it goes without scripts, with what the pressed button says.
export function sendWhole(form, value) {
  const said = document.createElement("input");
  Object.assign(said, { type: "hidden", name: "do", value });
  form.append(said);
  form.submit();
}
