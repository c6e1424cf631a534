"use strict";

// Prompts that the demo model does well, in the plain forms and in the chat template that it was trained on.
const text = "The harbour team meets on Tuesday at 4:15 PM in room 14. Nadia Brook leads the project. "
  + "Our monthly costs in May amounted to $2.8 million.";
const examples = [
  { name: "Story", tokens: 200, prompt: "Once upon a time" },
  { name: "Question about a text", tokens: 40, prompt: `context: ${text}\nquestion: Who leads the project?\nanswer:` },
  { name: "Not in the text", tokens: 40, prompt: `context: ${text}\nquestion: Where does Nadia Brook live?\nanswer:` },
  { name: "Sentence to JSON", tokens: 60,
    prompt: "sentence: Nadia Brook bought a red kite for $19 at the market.\nfields: person, price\njson:" },
  { name: "Chat", tokens: 60, prompt: "<|im_start|>user\nHello! What can you do?<|im_end|>\n<|im_start|>assistant\n" },
];

for (const example of examples) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = example.name;
  button.addEventListener("click", () => {
    document.getElementById("prompt").value = example.prompt;
    document.getElementById("max_new_tokens").value = example.tokens;
    document.getElementById("form").requestSubmit();
  });
  document.getElementById("examples").append(button);
}
