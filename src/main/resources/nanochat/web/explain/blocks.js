// A document of the server as elements. Every kind of block has its function; all text stays text.
import { el, icon, t } from "/web/house/house.js";
import { cells, charts, heatMap, lanes, shares } from "/web/explain/figures.js";
import { command } from "/web/explain/knobs.js";

const NUMBER = /(\d[\d.,]*(?:\s×\s10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?%?)/;

/** Text whose numbers can be seen to move, see `flash`. */
export function moving(text) {
    return text.split(NUMBER).map((part, i) => i % 2 === 1 ? el("span", { class: "n" }, part) : part);
}

/** Marks the numbers of a tree that are not those of the tree before it: those that moved. */
export function flash(before, after) {
    const old = before.map(tree => [...tree.querySelectorAll(".n")].map(number => number.textContent));
    after.forEach((tree, i) => {
        const numbers = [...tree.querySelectorAll(".n")];
        if (old[i]?.length === numbers.length) {
            numbers.filter((number, k) => number.textContent !== old[i][k]).forEach(number => number.classList.add("moved"));
        }
    });
}

function table(block) {
    return el("figure", { class: "picture" }, el("figcaption", {}, block.title),
        el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": block.title }, el("table", {},
            el("thead", {}, el("tr", {}, block.header.map(name => el("th", { scope: "col" }, name)))),
            el("tbody", {}, block.rows.map(row => el("tr", {}, el("th", { scope: "row" }, el("bdi", {}, moving(row[0]))), row.slice(1).map(cell => el("td", {}, moving(cell)))))))));
}

function facts(block) {
    return el("figure", { class: "picture" }, el("figcaption", {}, block.title),
        el("dl", { class: "facts" }, block.facts.map(fact => el("div", {}, el("dt", {}, fact.name), el("dd", { dir: "auto" }, moving(fact.value))))));
}

function samples(block) {
    return el("div", { class: "samples" }, block.prompts.map(prompt => el("div", { class: "prompt" }, el("p", { class: "asked", dir: "auto" }, prompt.text),
        el("ol", {}, prompt.answers.map(answer => el("li", { class: answer.right ? "right" : "wrong" }, el("span", { class: "when" }, answer.when),
            el("span", { class: "said", dir: "auto" }, answer.text), el("span", { class: "mark" }, answer.right ? "✓" : "")))))));
}

function check(block) {
    return el("p", { class: "check " + (block.holds ? "holds" : "fails") }, icon(block.holds ? "check" : "close"),
        el("span", {}, el("span", { class: "heard" }, t(block.holds ? "check.holds" : "check.fails") + " "), moving(block.text)));
}

function excerpt(block) {
    const [, name, line] = block.place.match(/([^/]+?):(\d+)$/) ?? ["", block.place, "1"];
    return el("details", { class: "excerpt", "data-place": block.place }, el("summary", {}, el("code", {}, name + ":" + line), el("span", {}, block.place)),
        el("pre", { tabindex: "0" }, el("code", {}, block.code.split("\n").map((text, i) => el("span", { class: "line", "data-line": Number(line) + i }, text + "\n")))));
}

/** What can be done on this page is a button, what only a terminal can do stands there to be copied. */
function commands(block, tryIt) {
    return el("ul", { class: "tries" }, block.lines.map(line => {
        const asked = command(line);
        if (!asked) {
            return el("li", { class: "line" }, el("code", {}, line));
        }
        const values = Object.entries(asked.values).map(([name, value]) => [el("span", {}, tryIt.label(asked.topic, name)), " ", el("b", {}, value)]);
        return el("li", {}, el("button", { type: "button", class: "button try", "data-line": line, title: line, onclick: () => tryIt.go(asked) },
            icon("right"), el("span", {}, values.length > 0 ? values.flatMap((value, i) => i === 0 ? value : [", ", ...value]) : line)));
    }));
}

function block(data, tryIt) {
    switch (data.kind) {
        case "paragraph": return el("p", {}, moving(data.text));
        case "facts": return facts(data);
        case "table": return table(data);
        case "charts": return charts(data);
        case "shares": return shares(data);
        case "samples": return samples(data);
        case "cells": return cells(data);
        case "lanes": return lanes(data);
        case "heat-map": return heatMap(data);
        case "check": return check(data);
        case "excerpt": return excerpt(data);
        case "commands": return commands(data, tryIt);
        default: throw new Error("no such block: " + data.kind);
    }
}

/** The sections of a document. `tryIt.go` is asked to do what a line says, `tryIt.label` for the words of a knob. */
export const sections = (document, tryIt) => document.sections.map(section =>
    el("section", {}, el("h2", {}, section.title), section.blocks.map(data => block(data, tryIt))));

export const figures = document => document.figures.map(figure => el("div", {}, el("dt", {}, figure.label), el("dd", {}, moving(figure.value))));
