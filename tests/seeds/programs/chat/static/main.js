"use strict";
function refreshMessages() {
  fetch("/messages").then((reply) => reply.json()).then((rows) => {
    document.getElementById("messages-destination").textContent = rows.map((row) => row.join(" ")).join("\n");
  });
}
document.getElementById("input-submit").onclick = function () {
  const form = new FormData();
  form.append("message", document.getElementById("input-message").value);
  fetch("/message", { method: "POST", body: form }).then(refreshMessages);
};
refreshMessages();
