// Pictures: cells, lanes, heat maps, curves, shares.
import { el } from "/web/house/house.js";
import { moving } from "/web/explain/blocks.js";

const SPACE = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, ...children) {
    const element = document.createElementNS(SPACE, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
}

const titled = (title, ...children) => el("figure", { class: "picture" }, el("figcaption", {}, title), ...children);

export function cells(block) {
    return titled(block.title, el("ol", { class: "cells" }, block.cells.map(cell => el("li", {},
        el("span", { class: "cell " + cell.ground, dir: "auto" }, cell.text), cell.note !== "" && el("small", {}, moving(cell.note))))));
}

/* Lanes: HTML and not SVG, so that labels keep their size. What lies where is a matter of this document, so it is set on the elements. */

export function lanes(block) {
    const rows = block.lanes.map(lane => {
        const track = el("div", { class: "track", role: "img", "aria-label": lane.name + ": " + lane.stretches.map(each => each.label).filter(Boolean).join(", ") });
        for (const stretch of lane.stretches) {
            const piece = el("i", { class: "stretch " + stretch.ground, title: stretch.label }, el("b", {}, stretch.label));
            piece.style.left = 100 * stretch.start + "%";
            piece.style.width = 100 * (stretch.end - stretch.start) + "%";
            track.append(piece);
        }
        return el("div", { class: "lane" }, el("span", { class: "name" }, lane.name), track);
    });
    return titled(block.title, el("div", { class: "lanes" }, rows, el("p", { class: "axis" }, el("span", {}, "0"), el("span", {}, block.length + " " + block.unit))));
}

/* A matrix: each square tells its value to whoever points at it. */

export function heatMap(block) {
    const reading = el("output", { class: "reading" });
    const rows = block.rows.map((row, r) => el("tr", {}, el("th", { scope: "row" }, row), block.shares[r].map((share, c) => {
        const square = el("td", { "data-at": r + "," + c });
        square.style.setProperty("--share", Math.max(0, Math.min(1, share)));
        return square;
    })));
    const table = el("table", { class: "heat", role: "img", "aria-label": block.title }, el("thead", {}, el("tr", {}, el("td"),
        block.columns.map(column => el("th", { scope: "col" }, el("span", {}, column))))), el("tbody", {}, rows));
    table.addEventListener("pointerover", event => {
        const at = event.target.dataset?.at;
        if (at) {
            const [r, c] = at.split(",").map(Number);
            reading.textContent = block.rows[r] + " → " + block.columns[c] + "  " + (100 * block.shares[r][c]).toFixed(1) + "%";
        }
    });
    table.addEventListener("pointerleave", () => { reading.textContent = ""; });
    return titled(block.title, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": block.title }, table), reading);
}

/* Curves: an SVG of 1000 by 1000 that is stretched, with labels beside it. */

const SIZE = 1000;

function path(series) {
    const at = ([x, y]) => (SIZE * x).toFixed(1) + " " + (SIZE * (1 - y)).toFixed(1);
    const line = series.points.map((point, i) => (i === 0 ? "M" : "L") + at(point)).join("");
    return series.style === "dots" ? [line, series.points.map(point => "M" + at(point) + "h0").join("")] : [line];
}

function chart(data) {
    const drawing = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, preserveAspectRatio: "none", role: "img", "aria-label": data.title + ", " + data.unit });
    drawing.append(svg("path", { class: "grid", d: data.y.map(tick => `M0 ${(SIZE * (1 - tick.at)).toFixed(1)}H${SIZE}`).join("") }));
    data.series.forEach((series, i) => path(series).forEach((d, k) => drawing.append(svg("path", { class: `${series.style} c${i % 8}${k === 1 ? " dot" : ""}`, d }))));
    const place = (tick, name, side, at) => {
        const label = el("span", { class: name }, tick.label);
        label.style[side] = 100 * at + "%";
        return label;
    };
    const cursor = el("i", { class: "cursor", hidden: true });
    const plot = el("div", { class: "plot" }, drawing, cursor, data.y.map(tick => place(tick, "y", "top", 1 - tick.at)), data.x.map(tick => place(tick, "x", "left", tick.at)));
    const last = series => series.points.at(-1);
    const legend = el("ul", { class: "legend" }, data.series.map((series, i) => el("li", { class: series.style + " c" + i % 8 }, el("i"),
        el("span", {}, series.name), el("b", {}, series.points.length > 0 ? moving(last(series)[3]) : ""))));
    const readings = [...legend.querySelectorAll("b")];
    const show = points => data.series.forEach((series, i) => {
        const point = points(series);
        readings[i].replaceChildren(point ? moving(point[3]) : "");
    });
    plot.addEventListener("pointermove", event => {
        const box = plot.getBoundingClientRect();
        const x = (event.clientX - box.left) / box.width;
        const nearest = series => series.points.reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best, series.points[0]);
        const all = data.series.map(nearest).filter(Boolean);
        if (all.length > 0) {
            const at = all.reduce((best, point) => Math.abs(point[0] - x) < Math.abs(best[0] - x) ? point : best);
            cursor.style.left = 100 * at[0] + "%";
            cursor.dataset.x = at[2];
            cursor.hidden = false;
            show(nearest);
        }
    });
    plot.addEventListener("pointerleave", () => {
        cursor.hidden = true;
        show(last);
    });
    return el("figure", { class: "chart" }, el("figcaption", {}, data.title, " ", el("span", {}, data.unit)), plot, legend);
}

export const charts = block => el("div", { class: "charts" }, block.charts.map(chart));

export function shares(block) {
    const bar = el("div", { class: "bar" }, block.shares.map((share, i) => {
        const part = el("i", { class: "c" + i % 8, title: share.name + " " + share.label });
        part.style.width = 100 * share.share + "%";
        return part;
    }));
    return titled(block.title, bar, el("ul", { class: "legend" }, block.shares.map((share, i) => el("li", { class: "box c" + i % 8 }, el("i"),
        el("span", {}, share.name), el("b", {}, moving(share.label))))));
}
