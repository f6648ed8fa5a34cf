package nanochat.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelStage;
import nanochat.eval.EvaluationFile;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.io.Machine;
import nanochat.model.GptConfig;
import nanochat.model.GptConfigFields;
import nanochat.report.RunLog.Start;
import nanochat.runs.RunStatus;
import nanochat.train.MetricsLog;
import nanochat.train.RunPlan;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What one stage of training left on disk.
///
/// @param folder of the model
/// @param log of its metrics
/// @param lastWritten when the metrics were last added to; empty where there are none
/// @param meta of the newest checkpoint; an empty object before the first one
/// @param evaluation what was measured of the newest evaluated checkpoint
public record StageRun(ModelStage stage, Path folder, RunLog log, Optional<Instant> lastWritten, JsonNode meta,
        Optional<Measured> evaluation) {
    /// What was measured of a checkpoint.
    ///
    /// @param results see [EvaluationFile]
    public record Measured(int step, JsonNode results) {}

    /// Reads a stage; empty where the folder has neither metrics nor a checkpoint.
    ///
    /// @throws BadInputException when a file cannot be read
    public static Optional<StageRun> read(ModelStage stage, Path folder) {
        Path metrics = folder.resolve(MetricsLog.FILE_NAME);
        CheckpointDirectory checkpoints = new CheckpointDirectory(folder);
        List<Integer> steps = checkpoints.steps();
        if (!Files.exists(metrics) && steps.isEmpty()) {
            return Optional.empty();
        }
        JsonNode meta = steps.isEmpty()
                ? JsonNodeFactory.instance.objectNode()
                : checkpoints.readMeta(steps.getLast(), JsonNode.class);
        Optional<Measured> evaluation = steps.reversed().stream().flatMap(step -> new EvaluationFile(folder, step).read()
                .map(results -> new Measured(step, results)).stream()).findFirst();
        return Optional.of(new StageRun(stage, folder, RunLog.read(metrics), lastModified(metrics), meta, evaluation));
    }

    /// When a file was last written to; empty where it does not exist.
    static Optional<Instant> lastModified(Path file) {
        try {
            return Files.exists(file) ? Optional.of(Files.getLastModifiedTime(file).toInstant()) : Optional.empty();
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /// The start whose plan holds: the last one.
    private Optional<Start> lastStart() {
        return log.starts().isEmpty() ? Optional.empty() : Optional.of(log.starts().getLast());
    }

    /// What was planned; empty where nothing tells, or another version wrote it.
    public Optional<RunPlan> plan() {
        return lastStart().flatMap(Start::plan).or(() -> meta.optional("plan")).flatMap(written -> RunPlan.read(stage, written));
    }

    /// The options of the run as the user gave them, by name.
    public JsonNode options() {
        return lastStart().flatMap(Start::options).<JsonNode>map(Json.LINE::valueToTree).orElse(meta.path("user_config"));
    }

    /// The machine it last ran on.
    public Optional<Machine> machine() {
        return lastStart().flatMap(Start::machine);
    }

    /// The model's shape.
    public Optional<GptConfig> config() {
        return plan().map(RunPlan::config).or(() -> lastStart().flatMap(Start::modelConfig)
                .or(() -> meta.optional("model_config").map(fields -> Json.LINE.treeToValue(fields, GptConfigFields.class)))
                .map(fields -> fields.toConfig(GptConfig.Generation.G2026_07)));
    }

    /// Steps of the whole run, where the plan can be read.
    public Optional<Integer> plannedSteps() {
        return plan().map(RunPlan::iterations);
    }

    /// Steps taken, as far as metrics or checkpoints know.
    public int stepsTaken() {
        return Math.max(log.stepsTaken(), meta.path("step").asInt(0));
    }

    /// Tokens seen in training.
    public Optional<Double> tokens() {
        return log.rewards().isEmpty()
                ? plan().map(plan -> (double) plan.totalBatch() * stepsTaken())
                : Optional.of(log.rewards().stream().mapToDouble(step -> step.metrics().tokens()).sum());
    }

    /// Bits per byte of the last validation.
    public Optional<Double> bitsPerByte() {
        return log.evaluations().isEmpty()
                ? meta.optional("val_bpb").filter(JsonNode::isNumber).map(JsonNode::asDouble)
                : Optional.of(log.evaluations().getLast().bitsPerByte());
    }

    /// How long it worked; what its checkpoint says where there are no metrics.
    public double seconds() {
        return Math.max(log.seconds(), meta.path("state").path("training_seconds").asDouble(0));
    }

    /// When it was last heard of.
    public Optional<Instant> lastHeard() {
        return log.lastHeard().or(this::lastWritten);
    }

    /// Where nobody knows how many steps were planned, a run is over when it has no metrics, or saved what its last step left and was not
    /// asked to stop.
    private boolean isOver() {
        boolean saved = lastWritten.isEmpty() || log.lastSaved() >= log.stepsTaken();
        return plannedSteps().map(planned -> stepsTaken() >= planned).orElse(saved && !log.stopped());
    }

    public RunStatus status(Instant now) {
        return RunStatus.of(isOver(), log.stopped(), log.steps().isEmpty() ? 0 : log.steps().getLast().milliseconds(), lastHeard(), now);
    }
}
