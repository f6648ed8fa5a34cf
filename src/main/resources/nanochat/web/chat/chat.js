import { $, start, t } from "/web/house/house.js";

await start("chat");
document.title = t("chat.title", { model: "nanochat" });
$("main").focus();
