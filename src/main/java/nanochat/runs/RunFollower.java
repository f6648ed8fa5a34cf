package nanochat.runs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.io.Json;
import nanochat.io.MachineLimits;
import nanochat.tensor.DType;
import nanochat.train.RunPlan;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// One run, as far as its metrics were read. Reading is lenient: half a line, an event of a later version are passed over, and counted. For one thread
/// at a time.
final class RunFollower implements FollowedFile.Lines {
    /// Of each kind of sample, so many rounds are kept: the first and the newest.
    private static final int ROUNDS = 24;
    private static final int SAMPLES_PER_ROUND = 12;
    private static final int LONGEST_TEXT = 600;
    private static final int NOTES = 12;
    /// What is read once more for one close-up: a third of a second.
    private static final long MOST_READ_AGAIN = 64 << 20;

    private RunId id;
    private final FollowedFile file;
    private final Map<Measure, Track> tracks = new LinkedHashMap<>();
    private final StepLine stepLine = new StepLine();
    private final List<RunDetails.Round> samples = new ArrayList<>();
    private final List<RunDetails.Round> answers = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<Integer> resumedFrom = new ArrayList<>();
    /// The newest value of each column of each measure, by `type/column`.
    private final Map<String, Double> newest = new LinkedHashMap<>();
    private Optional<JsonNode> start = Optional.empty();
    private Optional<RunPlan> plan = Optional.empty();
    private final Marks marks = new Marks();
    /// Where the first line found the run.
    private final Track.Place begin;
    private Track.Place place;
    private int stepsTaken;
    private double stepMilliseconds;
    private double secondsLeft = Double.NaN;
    private int lastSaved = -1;
    private boolean stopped;
    private String lastTime = "";
    private int unreadable;
    private int generation;

    RunFollower(RunId id) {
        this(id, new Track.Place(0, 0, 0, 0));
    }

    private RunFollower(RunId id, Track.Place begin) {
        this.id = id;
        this.file = new FollowedFile(id.metrics());
        this.begin = begin;
        this.place = begin;
    }

    RunId id() {
        return id;
    }

    /// The run has another name now: it made way to another.
    void movedTo(RunId now) {
        id = now;
        file.movedTo(now.metrics());
    }

    /// Reads at most `most` bytes; returns whether there is more.
    boolean read(int most) throws IOException {
        return file.read(most, this);
    }

    @Override
    public void restarted() {
        generation++;
        tracks.clear();
        samples.clear();
        answers.clear();
        notes.clear();
        resumedFrom.clear();
        newest.clear();
        start = Optional.empty();
        plan = Optional.empty();
        marks.clear();
        place = begin;
        stepsTaken = 0;
        stepMilliseconds = 0;
        secondsLeft = Double.NaN;
        lastSaved = -1;
        stopped = false;
        lastTime = "";
        unreadable = 0;
    }

    @Override
    public void passedOver() {
        unreadable++;
    }

    @Override
    public void line(byte[] buffer, int from, int to, long offset) {
        try {
            if (StepLine.isOne(buffer, from, to)) {
                stepLine.read(buffer, from, to);
                step(offset);
            } else {
                JsonNode line = Json.LINE.readTree(buffer, from, to - from);
                if (line.path("type").asString("").equals("step")) { // by another hand
                    byte[] again = ("{\"type\":\"step\"," + line.toString().substring(1)).getBytes(StandardCharsets.UTF_8);
                    stepLine.read(again, 0, again.length);
                    step(offset);
                } else {
                    other(line);
                }
            }
        } catch (JacksonException halfWritten) {
            unreadable++;
        }
    }

    private void step(long offset) {
        if (stepLine.step < 0) {
            unreadable++;
            return;
        }
        if (stepLine.step < stepsTaken) {
            goBackTo(stepLine.step);
        }
        marks.pass(stepLine.step, offset, place);
        stepsTaken = stepLine.step + 1;
        stepMilliseconds = StepLine.or(stepLine.milliseconds, stepMilliseconds);
        secondsLeft = stepLine.secondsLeft;
        place = new Track.Place(stepLine.step, StepLine.or(stepLine.trainingSeconds, place.seconds()), place.tokens() + stepLine.tokens(),
                place.flops() + stepLine.flops());
        add(Measure.STEP, place, stepLine.values);
        heard(stepLine.time, false);
    }

    /// A file of an older version may say of a step twice.
    private void goBackTo(int step) {
        tracks.values().forEach(track -> track.dropFrom(step));
        marks.dropFrom(step);
        Track steps = tracks.get(Measure.STEP);
        place = steps == null || steps.isEmpty() ? begin : steps.end();
    }

    private void other(JsonNode line) {
        String type = line.path("type").asString("");
        int step = line.path("step").asInt(place.step());
        switch (type) {
            case "run" -> started(line, step);
            case "samples" -> keep(samples, new RunDetails.Round(step, line.path("completions").valueStream().limit(SAMPLES_PER_ROUND)
                    .map(said -> new RunDetails.Said(shown(said.path("prompt")), shown(said.path("completion")), said.path("right")
                            .asBoolean(false)))
                    .toList()));
            case "pass" -> keep(answers, new RunDetails.Round(step, line.path("answers").valueStream().limit(SAMPLES_PER_ROUND)
                    .map(said -> new RunDetails.Said(shown(said.path("question")), shown(said.path("answer")), said.path("solved")
                            .asBoolean(false)))
                    .toList()));
            case "checkpoint" -> lastSaved = step;
            case "note" -> {
                notes.add(shown(line.path("text")));
                if (notes.size() > NOTES) {
                    notes.removeFirst();
                }
            }
            default -> {
            }
        }
        Measure.of(type).ifPresent(measure -> add(measure, new Track.Place(step, place.seconds(), place.tokens(), place.flops()), measure
                .values(line)));
        heard(line.path("time").asString(""), type.equals("stopped"));
    }

    private void started(JsonNode line, int step) {
        start = Optional.of(line);
        plan = RunPlan.read(id.stage(), line.path("plan"));
        if (step > 0) {
            resumedFrom.add(step);
        }
    }

    private static void keep(List<RunDetails.Round> rounds, RunDetails.Round round) {
        rounds.removeIf(earlier -> earlier.step() >= round.step());
        rounds.add(round);
        if (rounds.size() > ROUNDS) {
            rounds.remove(1);
        }
    }

    private static String shown(JsonNode text) {
        String whole = text.asString("");
        return whole.length() <= LONGEST_TEXT ? whole : whole.substring(0, whole.offsetByCodePoints(0, LONGEST_TEXT / 2)) + "…";
    }

    private void add(Measure measure, Track.Place where, double[] values) {
        tracks.computeIfAbsent(measure, _ -> new Track(measure.columns())).add(where, values);
        for (int i = 0; i < values.length; i++) {
            if (Double.isFinite(values[i])) {
                newest.put(measure.type() + "/" + measure.columns().get(i), values[i]);
            }
        }
    }

    private void heard(String time, boolean stop) {
        stopped = stop;
        lastTime = time.isEmpty() ? lastTime : time;
    }

    private Optional<Instant> lastHeard() {
        try {
            return lastTime.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(lastTime));
        } catch (DateTimeException unreadableTime) {
            return Optional.empty();
        }
    }

    private Optional<Double> newest(String name) {
        return Optional.ofNullable(newest.get(name));
    }

    RunStatus status(Instant now) {
        boolean over = plan.map(planned -> stepsTaken >= planned.iterations()).orElse(lastSaved >= stepsTaken && !stopped);
        return RunStatus.of(over, stopped, stepMilliseconds, lastHeard(), now);
    }

    /// What the list of runs says of it.
    ///
    /// @param limits of the machine that was measured, if any
    RunSummary summary(Instant now, Optional<MachineLimits> limits) {
        return new RunSummary(id.name(), id.stage(), id.tag(), status(now), stepsTaken, plan.map(RunPlan::iterations), Optional.of(
                secondsLeft).filter(Double::isFinite), lastHeard(), place.seconds(), place.tokens(), newest("step/loss").or(() -> newest(
                        "preferences/preferences/loss")),
                newest("evaluation/bits_per_byte"), newest("rewards/metrics/reward"), newest("step/tokens_per_second"), plan.map(
                        planned -> planned.config().layers()),
                limits.flatMap(this::limit),
                samples.size() + answers.size(), file.share());
    }

    private Optional<Double> limit(MachineLimits limits) {
        JsonNode machine = start.map(line -> line.path("machine")).orElseGet(Json.LINE::createObjectNode);
        return plan.filter(_ -> limits.isOf(machine.path("processor").asString(""), machine.path("cores").asInt(0))).map(
                planned -> planned.compute() == DType.BF16 ? limits.matmulBf16Gflops() : limits.matmulF32Gflops());
    }

    /// What is to be read of it beside its curves.
    RunDetails details() {
        JsonNode line = start.orElseGet(Json.LINE::createObjectNode);
        return new RunDetails(id.name(), plan.map(RunPlan::describe).orElse(List.of()), line.path("version").stringValueOpt(), line.path(
                "machine").path("processor").stringValueOpt(), line.path("backend").stringValueOpt(), line.path("options"),
                List.copyOf(resumedFrom), List.copyOf(notes), unreadable, List.copyOf(samples), List.copyOf(answers));
    }

    /// What has changed for somebody who knows the curves as far as `known` says.
    RunCurves curves(RunCurves.Known known) {
        Map<String, Track.Part> parts = new LinkedHashMap<>();
        Map<String, int[]> sizes = new LinkedHashMap<>();
        tracks.forEach((measure, track) -> {
            int[] had = known.generation() == generation ? known.of(measure.type()) : RunCurves.NOTHING;
            parts.put(measure.type(), track.since(had[0], had[1]));
            sizes.put(measure.type(), new int[]{track.width(), track.size()});
        });
        return new RunCurves(id.name(), known.generation() == generation, new RunCurves.Known(generation, sizes).toString(), parts);
    }

    /// A part of the run that is read again. For any thread, while the run is followed.
    ///
    /// @param widths of the tracks of the whole run, by type of line
    record Again(RunId id, FollowedFile.Section lines, Track.Place begin, int after, int upTo, Map<String, Integer> widths) {
        /// Its curves, as far as they show more than those of the whole run; none where the file is another one by now.
        CloseUp read() throws IOException {
            RunFollower part = new RunFollower(id, begin);
            Map<String, Track.Part> parts = new LinkedHashMap<>();
            if (lines.tell(part)) {
                part.tracks.forEach((measure, track) -> {
                    if (track.width() < widths.getOrDefault(measure.type(), 1)) {
                        parts.put(measure.type(), track.since(0, 0));
                    }
                });
            }
            return new CloseUp(id.name(), after, upTo, parts);
        }
    }

    /// The part between two steps, where the curves of the whole run may lack something of it; empty where they have it all, or it is too much to be read.
    Optional<Again> again(int from, int to) {
        Map<String, Integer> widths = new LinkedHashMap<>();
        tracks.forEach((measure, track) -> widths.put(measure.type(), track.width()));
        Optional<Marks.Mark> first = marks.before(Math.max(from, 0)).or(() -> marks.after(-1));
        if (first.isEmpty() || widths.values().stream().allMatch(width -> width == 1)) {
            return Optional.empty();
        }
        Optional<Marks.Mark> last = marks.after(to);
        FollowedFile.Section lines = file.section(first.get().offset(), last.map(Marks.Mark::offset).orElse(file.told()));
        return Optional.of(new Again(id, lines, first.get().before(), first.get().step() - 1, last.map(mark -> mark.step() - 1).orElse(
                stepsTaken - 1), widths)).filter(again -> lines.bytes() > 0 && lines.bytes() <= MOST_READ_AGAIN);
    }
}
