package nanochat.report;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.Machine;
import nanochat.model.GptConfigFields;
import nanochat.train.RunEvent;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What the metrics of a run say, read as far as they can be read: a run that is under way or was killed leaves half a line, another version
/// may have written events that this one does not know.
///
/// @param starts of the run: the first, and one for each time it was resumed
/// @param steps that were taken
/// @param evaluations on validation data
/// @param samples rounds of completions
/// @param cores CORE evaluations
/// @param rewards of steps of reinforcement learning
/// @param passes what was made of held-out problems
/// @param lastSaved the step of the last checkpoint that was written; -1 before
/// @param stopped whether the last that was heard is that it was asked to stop
/// @param workedSeconds from every start to the last that was heard of it; empty where the file does not say when things happened
/// @param lastHeard when the last event happened
/// @param unreadableLines lines that say nothing
public record RunLog(List<Start> starts, List<RunEvent.Stepped> steps, List<RunEvent.Evaluated> evaluations, List<RunEvent.Sampled> samples,
        List<RunEvent.CoreMeasured> cores, List<RunEvent.Rewarded> rewards, List<RunEvent.PassMeasured> passes, int lastSaved,
        boolean stopped, Optional<Double> workedSeconds, Optional<Instant> lastHeard,
        int unreadableLines) {
    /// Nothing was heard.
    static final RunLog EMPTY = new RunLog(List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), -1, false, Optional
            .empty(), Optional
                    .empty(), 0);

    public RunLog {
        starts = List.copyOf(starts);
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
        samples = List.copyOf(samples);
        cores = List.copyOf(cores);
        rewards = List.copyOf(rewards);
        passes = List.copyOf(passes);
    }

    /// The head of a run, as [RunEvent.Started] writes it; its plan is read by [StageRun].
    public record Start(int step, Optional<Instant> time, Optional<String> version, Optional<Machine> machine, Optional<String> backend,
            Optional<GptConfigFields> modelConfig, Optional<JsonNode> plan, Optional<Map<String, String>> options) {}

    /// Reads a file of metrics; one that is not there says nothing.
    ///
    /// @throws BadInputException when it cannot be read
    public static RunLog read(Path file) {
        Reader reader = new Reader();
        // Unlike Files.newBufferedReader, this does not stumble over a character cut in two at the end of a file that is being written.
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                reader.read(line);
            }
        } catch (NoSuchFileException notYet) {
            return EMPTY;
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
        return reader.log();
    }

    /// How many optimizer steps were taken.
    public int stepsTaken() {
        return steps.isEmpty() ? 0 : steps.getLast().step() + 1;
    }

    /// Spent in steps, interruptions left out.
    public double trainingSeconds() {
        return steps.isEmpty() ? 0 : steps.getLast().trainingSeconds();
    }

    /// Spent on validation, on CORE and on held-out problems.
    public double evaluationSeconds() {
        return evaluations.stream().mapToDouble(RunEvent.Evaluated::seconds).sum()
                + cores.stream().mapToDouble(RunEvent.CoreMeasured::seconds).sum()
                + passes.stream().mapToDouble(RunEvent.PassMeasured::seconds).sum();
    }

    /// How long the run worked: by the clock where the file says when things happened; otherwise steps and validations alone.
    public double seconds() {
        return Math.max(workedSeconds.orElse(0.0), trainingSeconds() + evaluationSeconds());
    }

    private static final class Reader {
        private final List<Start> starts = new ArrayList<>();
        private final List<RunEvent.Stepped> steps = new ArrayList<>();
        private final List<RunEvent.Evaluated> evaluations = new ArrayList<>();
        private final List<RunEvent.Sampled> samples = new ArrayList<>();
        private final List<RunEvent.CoreMeasured> cores = new ArrayList<>();
        private final List<RunEvent.Rewarded> rewards = new ArrayList<>();
        private final List<RunEvent.PassMeasured> passes = new ArrayList<>();
        private int lastSaved = -1;
        private boolean stopped;
        private double worked;
        private boolean timed;
        private Optional<Instant> lastHeard = Optional.empty();
        private int unreadable;

        private void read(String line) {
            if (line.isBlank()) {
                return;
            }
            try {
                JsonNode event = Json.LINE.readTree(line);
                String type = event.path("type").asString("");
                switch (type) {
                    case "run" -> starts.add(Json.LINE.treeToValue(event, Start.class));
                    case "step" -> steps.add(Json.LINE.treeToValue(event, RunEvent.Stepped.class));
                    case "evaluation" -> evaluations.add(Json.LINE.treeToValue(event, RunEvent.Evaluated.class));
                    case "samples" -> samples.add(Json.LINE.treeToValue(event, RunEvent.Sampled.class));
                    case "core" -> cores.add(Json.LINE.treeToValue(event, RunEvent.CoreMeasured.class));
                    case "rewards" -> rewards.add(Json.LINE.treeToValue(event, RunEvent.Rewarded.class));
                    case "pass" -> passes.add(Json.LINE.treeToValue(event, RunEvent.PassMeasured.class));
                    case "checkpoint" -> lastSaved = event.path("step").asInt(lastSaved);
                    default -> {
                    } // of no concern, or of a later version
                }
                stopped = type.equals("stopped");
                if (event.hasNonNull("time")) {
                    heard(Instant.parse(event.path("time").asString("")), type.equals("run"));
                }
            } catch (JacksonException | DateTimeException | NullPointerException halfWritten) {
                unreadable++;
            }
        }

        /// What lies between an event and the start of a resumed run is no work.
        private void heard(Instant now, boolean start) {
            if (!start && lastHeard.isPresent()) {
                worked += Math.max(0, Duration.between(lastHeard.get(), now).toNanos() / 1e9);
            }
            timed = true;
            lastHeard = Optional.of(now);
        }

        private RunLog log() {
            return new RunLog(starts, steps, evaluations, samples, cores, rewards, passes, lastSaved, stopped, timed
                    ? Optional.of(worked)
                    : Optional.empty(),
                    lastHeard, unreadable);
        }
    }
}
