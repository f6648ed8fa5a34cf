// The charts of the page of runs: several runs on one chart, on one horizontal axis, drawn by uPlot.
import uPlot from "/web/lib/uplot.js";
import { color, el, language, t } from "/web/house/house.js";

/** What is drawn: the track and the column it comes from; `dots` where a measurement is rare, `zero` where the axis begins at 0, `but` for whom it means nothing. */
export const CHARTS = [
    { id: "loss", track: "step", column: "loss", smooth: true, log: true, but: "rl" },
    { id: "bits", track: "evaluation", column: "bits_per_byte", dots: true, log: true },
    { id: "reward", track: "rewards", column: "metrics/reward", smooth: true },
    { id: "pass", track: "pass", column: "scores/pass_at/0", dots: true, share: true },
    { id: "accuracy", track: "preferences", column: "preferences/accuracy", smooth: true, share: true },
    { id: "validationAccuracy", track: "preference_validation", column: "preferences/accuracy", dots: true, share: true },
    { id: "core", track: "core", column: "core/core", dots: true },
    { id: "divergence", track: "rewards", column: "metrics/divergence", smooth: true },
    { id: "entropy", track: "rewards", column: "metrics/entropy", smooth: true },
    { id: "length", track: "rewards", column: "metrics/length", smooth: true, zero: true },
    { id: "rate", track: "step", column: "learning_rate_multiplier", zero: true },
    { id: "speed", track: "step", column: "tokens_per_second", smooth: true, zero: true },
    { id: "share", track: "step", column: "gigaflops_per_second", smooth: true, zero: true, share: true, of: "limit" },
    { id: "flops", track: "step", column: "gigaflops_per_second", smooth: true, zero: true, times: 1e9, unless: "limit" },
    { id: "memory", track: "step", column: "memory_bytes", zero: true },
];

/** A number to read: three to five digits, with k, M, B in front of nothing; `digits` where more of a long one are wanted. */
export function shown(value, digits = 3) {
    if (value === null || value === undefined || !Number.isFinite(value)) {
        return "–";
    }
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e15)) {
        return value.toExponential(2);
    }
    return new Intl.NumberFormat(language(), size >= 1e4
        ? { notation: "compact", maximumSignificantDigits: digits } : { maximumSignificantDigits: 4 }).format(value);
}

/** So many digits it takes for marks of an axis, `apart` from each other, to differ. */
function toTellApart(values, apart) {
    const unit = Math.floor(Math.log10(apart));
    const half = Math.abs(apart / 10 ** unit % 1) > 1e-6; // 2.5 takes a digit more than 2
    return Math.max(3, Math.floor(Math.log10(Math.max(...values.map(Math.abs), apart))) - unit + (half ? 2 : 1));
}

export const percent = value => new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 }).format(value);

export function duration(seconds) {
    if (seconds < 90) {
        return t("duration.seconds", { n: Math.round(seconds) });
    }
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) {
        return t("duration.minutes", { n: minutes });
    }
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? t("duration.hours", { h: hours, m: minutes % 60 }) : t("duration.days", { d: Math.floor(hours / 24), h: hours % 24 });
}

/** A moment of a run, for an axis. */
const clock = seconds => {
    const minutes = Math.floor(seconds / 60);
    return seconds < 3600 ? minutes + ":" + String(Math.round(seconds % 60)).padStart(2, "0") : Math.floor(minutes / 60) + ":" + String(minutes % 60).padStart(2, "0") + " h";
};

/** Pixels that a dot and what surrounds it take. */
const DOT = 10;

/** What may lie between two marks of an axis of seconds. */
const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000];

const bytes = value => value >= 1e9 ? shown(value / 1e9) + " GB" : shown(value / 1e6) + " MB";

/** What a mean over about so many neighbours does: w = 0 is none. Gaps stay gaps. */
function smoothed(values, weight) {
    let mean = 0;
    let counted = 0;
    return values.map(value => {
        if (value === null || value === undefined) {
            return value;
        }
        mean = weight * mean + (1 - weight) * value;
        counted = weight * counted + (1 - weight);
        return mean / counted; // what is unknown before the first value has no part in it
    });
}

/** Dots that touch each other would hide the line. */
const roomForDots = (plot, series, from, to) => plot.over.clientWidth > DOT * (to - from);

class ChartView {
    /** `onZoom` is told that another part of the axis is seen, `zoomTo` asked to have all charts show a part of it, or all of it. */
    constructor(chart, parent, onZoom, zoomTo) {
        this.chart = chart;
        this.onZoom = onZoom;
        this.zoomTo = zoomTo;
        this.title = el("h3");
        this.keys = el("small", { class: "keys", "aria-hidden": "true" });
        this.values = el("div", { class: "values" });
        this.canvas = el("div", { class: "canvas", role: "img", tabindex: "0", "aria-keyshortcuts": "ArrowLeft ArrowRight + - Escape",
            onkeydown: event => this.press(event), onblur: () => this.leave() });
        this.figure = el("figure", { class: "chart", id: "chart-" + chart.id },
            el("figcaption", {}, this.title, this.keys, this.values), this.canvas);
        parent.append(this.figure);
        new ResizeObserver(() => this.resize()).observe(this.canvas);
        this.followFinger();
    }

    /** uPlot knows the mouse alone: a finger that goes sideways chooses a part as the mouse does; one that goes up or down scrolls the page. */
    followFinger() {
        let from;
        const at = event => {
            const box = this.plot.over.getBoundingClientRect();
            return Math.min(Math.max(event.clientX - box.left, 0), box.width);
        };
        const choose = (left, right) => this.plot?.setSelect({ left, top: 0, width: right - left, height: this.plot.over.clientHeight }, false);
        const end = () => {
            from = undefined;
            choose(0, 0);
        };
        this.canvas.addEventListener("pointerdown", event => { from = event.pointerType === "touch" && this.plot ? at(event) : undefined; });
        this.canvas.addEventListener("pointermove", event => {
            if (from !== undefined && this.plot) {
                const to = at(event);
                choose(Math.min(from, to), Math.max(from, to));
                this.plot.setCursor({ left: to, top: 0 });
            }
        });
        this.canvas.addEventListener("pointerup", event => {
            if (from !== undefined && this.plot) {
                const ends = [from, at(event)].sort((a, b) => a - b);
                if (ends[1] - ends[0] > FEWEST_PIXELS) {
                    this.zoomTo({ min: this.plot.posToVal(ends[0], "x"), max: this.plot.posToVal(ends[1], "x") });
                }
                end();
            }
        });
        this.canvas.addEventListener("pointercancel", end);
    }

    /** Arrows move the cursor, plus and minus look closer and less close around it, Escape shows everything. */
    press(event) {
        const { plot } = this;
        if (!plot || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        const wide = plot.over.clientWidth;
        const left = plot.cursor.left >= 0 ? plot.cursor.left : wide / 2;
        if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
            const by = (event.key === "ArrowLeft" ? -1 : 1) * wide / (event.shiftKey ? 10 : 100);
            this.values.setAttribute("aria-live", "polite");
            plot.setCursor({ left: Math.min(Math.max(left + by, 0), wide), top: 0 });
        } else if (event.key === "+" || event.key === "=" || event.key === "-") {
            const { min, max } = plot.scales.x;
            const middle = plot.posToVal(left, "x");
            const factor = event.key === "-" ? 2 : 0.5;
            this.zoomTo({ min: middle - (middle - min) * factor, max: middle + (max - middle) * factor });
        } else if (event.key === "Escape") {
            this.zoomTo(undefined);
        } else {
            return;
        }
        event.preventDefault();
    }

    leave() {
        this.values.removeAttribute("aria-live");
        this.plot?.setCursor({ left: -10, top: -10 });
    }

    resize() {
        if (this.plot && this.canvas.clientWidth > 0) {
            this.plot.setSize(this.size());
        }
    }

    size() {
        return { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
    }

    /** The runs that have something to draw here. */
    drawn(state) {
        const { chart } = this;
        return state.runs.filter(run => run.tracks[chart.track]?.mean[chart.column]
            && run.stage !== chart.but && (chart.of ? run.limit : !chart.unless || !run.limit));
    }

    /** Three series a run: the lowest and the highest of every stretch, between which is a faint band, and the line. */
    data(runs, state) {
        const { chart } = this;
        return uPlot.join(runs.map(run => {
            const track = run.tracks[chart.track];
            const factor = chart.of ? 1 / run.limit : chart.times ?? 1;
            const scaled = values => factor === 1 ? values : values.map(value => value === null ? null : value * factor);
            const line = scaled(track.mean[chart.column]);
            const weight = chart.smooth ? state.smooth : 0;
            const low = track.low[chart.column];
            return [track[state.axis], low ? scaled(low) : weight > 0 ? line : line.map(() => null),
                low ? scaled(track.high[chart.column]) : line.map(() => null), smoothed(line, weight)];
        }));
    }

    label(value) {
        const { chart } = this;
        return value === null || value === undefined ? "–" : chart.share ? percent(value) : chart.id === "memory" ? bytes(value) : shown(value);
    }

    /** `seen` is the part of the axis that a new plot shows; nothing for all of it. */
    draw(state, anew, seen) {
        const runs = this.drawn(state);
        this.title.textContent = t("chart." + this.chart.id);
        this.keys.textContent = t("controls.keys");
        this.figure.hidden = runs.length === 0;
        if (runs.length === 0) {
            this.destroy();
            return;
        }
        const shape = runs.map(run => run.name + run.slot + !!run.tracks[this.chart.track].low[this.chart.column]).join();
        this.runs = runs;
        const data = this.data(runs, state);
        const log = state.log && this.chart.log && data.slice(1).every(series => series.every(value => value === null || value === undefined || value > 0));
        if (anew || !this.plot || shape !== this.shape || log !== this.log) {
            this.destroy();
            this.shape = shape;
            this.log = log;
            this.plot = new uPlot(this.options(runs, state, log), data, this.canvas);
            if (seen) {
                this.plot.setScale("x", seen);
            }
        } else {
            const zoomed = this.zoom;
            this.plot.setData(data, !zoomed);
            if (zoomed) {
                this.plot.redraw();
            }
        }
        this.tell();
    }

    destroy() {
        this.plot?.destroy();
        this.plot = undefined;
        this.zoom = undefined;
    }

    /** Shows a part of the axis, or everything again. */
    show(part) {
        if (this.plot && (part || this.zoom)) {
            const xs = this.plot.data[0];
            this.plot.setScale("x", part ?? { min: xs[0], max: xs[xs.length - 1] });
        }
    }

    options(runs, state, log) {
        const { chart } = this;
        const rule = color("--faint");
        const quiet = color("--quiet");
        const font = "12px " + getComputedStyle(document.body).fontFamily;
        const series = [{}];
        const bands = [];
        for (const run of runs) {
            const stroke = color(run.color);
            const faint = color("--chart-faint-" + run.slot);
            const ranged = !!run.tracks[chart.track].low[chart.column];
            series.push({ stroke: ranged ? "transparent" : faint, width: 1, points: { show: false }, spanGaps: true });
            series.push({ stroke: "transparent", width: 0, points: { show: false }, spanGaps: true });
            if (ranged) {
                bands.push({ series: [series.length - 1, series.length - 2], fill: faint });
            }
            series.push({ stroke, width: 1.75, spanGaps: true, points: { show: chart.dots ? roomForDots : false, size: 6, fill: stroke, stroke } });
        }
        const axis = { stroke: quiet, font, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 4 } };
        const labels = (_, values) => values.map(value => value === null ? "" : this.label(value));
        return {
            ...this.size(), padding: [8, 14, 0, 0], series, bands, legend: { show: false },
            cursor: { sync: { key: "runs", scales: ["x", null] }, points: { size: 7 }, drag: { x: true, y: false } },
            scales: {
                x: { time: false },
                y: log ? { distr: 3 } : { range: (_, low, high) => low === null ? [0, 1]
                    : uPlot.rangeNum(chart.zero ? Math.min(0, low) : low, high, 0.08, true).map((end, i) => i === 0 && chart.zero && low >= 0 ? 0 : end) },
            },
            axes: [
                { ...axis, size: 28, gap: 4, space: 64, ...(state.axis === "seconds" ? { incrs: TIMES } : {}),
                    values: (_, values, axis, space, apart) => values.map(value => state.axis === "seconds" ? clock(value) : shown(value, toTellApart(values, apart))) },
                { ...axis, size: (plot, values) => 16 + Math.max(...(values ?? [""]).map(value => value.length)) * 7, gap: 6, values: labels },
            ],
            hooks: {
                setCursor: [() => this.tell()],
                setScale: [(plot, key) => {
                    const xs = plot.data[0];
                    if (key === "x") {
                        const { min, max } = plot.scales.x;
                        this.zoom = min > xs[0] || max < xs[xs.length - 1] ? { min, max } : undefined;
                        this.onZoom();
                    }
                }],
            },
        };
    }

    /** The values under the cursor, or the newest; for those who cannot see the chart, too. */
    tell() {
        if (!this.plot) {
            return;
        }
        const at = this.plot.cursor.idx;
        const under = at !== null && at !== undefined;
        const parts = this.runs.map((run, i) => {
            const line = this.plot.data[3 * i + 3];
            let place = under ? at : line.length - 1;
            while (place > 0 && (line[place] === null || line[place] === undefined)) {
                place--;
            }
            return { run, text: this.label(line[place]) };
        });
        this.values.replaceChildren(...parts.map(({ run, text }) => el("span", { class: "c" + run.slot }, text)));
        if (!under) {
            this.canvas.setAttribute("aria-label", t("chart." + this.chart.id) + ": " + parts.map(({ run, text }) => run.label + " " + text).join("; "));
        }
    }
}

/** How long the part that is seen must stay the same before it counts. */
const SETTLED = 150;

/** A finger that moved less has only touched. */
const FEWEST_PIXELS = 12;

/** All charts, in the element `parent`; `onZoom` is told what part of the axis is seen, `{min, max}` or nothing for all of it. */
export class Charts {
    constructor(parent, onZoom) {
        this.parent = parent;
        this.views = [];
        this.tell = () => {
            clearTimeout(this.timer);
            this.timer = setTimeout(() => onZoom(this.views.find(view => view.zoom)?.zoom), SETTLED);
        };
    }

    /** Draws the runs: `{runs: [{name, label, slot, color, tracks, limit}], axis, log, smooth}`; `anew` where more than the data has changed. */
    draw(state, anew) {
        const seen = state.axis === this.axis ? this.views.find(view => view.zoom)?.zoom : undefined;
        this.axis = state.axis;
        if (this.views.length === 0) {
            this.views = CHARTS.map(chart => new ChartView(chart, this.parent, this.tell, part => this.zoomTo(part)));
        }
        this.views.forEach(view => view.draw(state, anew, seen));
    }

    /** All charts show this part of the axis `{min, max}`, within what there is; all of it where nothing or everything is asked for. */
    zoomTo(part) {
        const plots = this.views.map(view => view.plot).filter(Boolean);
        const first = Math.min(...plots.map(plot => plot.data[0][0]));
        const last = Math.max(...plots.map(plot => plot.data[0].at(-1)));
        const within = part && { min: Math.max(part.min, first), max: Math.min(part.max, last) };
        const all = !within || within.min >= within.max || within.min <= first && within.max >= last;
        this.views.forEach(view => view.show(all ? undefined : within));
    }
}
