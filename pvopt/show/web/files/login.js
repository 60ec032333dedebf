// The password is sent once; the answer is a cookie that no script can read.
const field = document.getElementById("password");
const fault = document.getElementById("fault");
const words = await (await fetch("/api/words" + location.search.replace(/[?&]key=[^&]*/, ""))).json();

document.getElementById("show").addEventListener("change", (event) => {
  field.type = event.target.checked ? "text" : "password";
});

document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  fault.textContent = "";
  let answer;
  try {
    answer = await fetch("/api/login", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ password: field.value }),
    });
  } catch {
    fault.textContent = words.lost;
    return;
  }
  if (answer.ok) {
    location.replace("/" + location.search);
    return;
  }
  const wait = answer.headers.get("Retry-After");
  fault.textContent = wait ? words.wait.replace("{s}", wait) : words.wrong;
  field.select();
});
