package nanochat.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.ModelStage;
import nanochat.data.Packing;
import nanochat.eval.SamplePrompt.Completion;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Machine;
import nanochat.model.GptConfigFields;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.DType;
import nanochat.train.PretrainingOptions;
import nanochat.train.PretrainingPlan;
import nanochat.train.RunEvent;
import tools.jackson.databind.node.ObjectNode;

/// Writes files as runs leave them, with figures known to the test.
final class RunFiles {
    static final Instant BEGIN = Instant.parse("2026-11-22T12:00:00Z");
    static final int PLANNED = 100;

    private final Path folder;
    private Instant time = BEGIN;

    private RunFiles(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    static RunFiles of(BaseDirectory base, ModelStage stage, String tag) throws IOException {
        return new RunFiles(stage.models(base).resolve(tag));
    }

    Path metrics() {
        return folder.resolve("metrics.jsonl");
    }

    /// 100 steps of 256 tokens; a model of 2 layers and width 32.
    static PretrainingPlan plan() {
        return PretrainingPlan.of(new PretrainingOptions(new PretrainingOptions.ModelDials(2, 16, 16, 64, "SL"),
                new PretrainingOptions.Horizon(PLANNED, -1, -1), new PretrainingOptions.BatchSizes(4, 256), OptimizerSettings.DEFAULT,
                new PretrainingOptions.Warmth(10, 0.5, 0.05), new PretrainingOptions.Cadence(50, 1024, 50, -1), Packing.BESTFIT,
                DType.F32, 7), 300);
    }

    RunFiles started(int step) throws IOException {
        return append(new RunEvent.Started(step, "0.1.0 (abcdef1234-dirty)", new Machine("Test <Processor>", 3, 8_000_000_000L, "Linux",
                "Java 25", true), "cpu: 3 threads", GptConfigFields.of(plan().config()), plan(), Map.of("depth", "2", "data", "my texts")));
    }

    /// Steps that take 100 ms each; the loss falls from 6.
    RunFiles steps(int from, int to) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = from; step < to; step++) {
            time = time.plusMillis(100);
            double loss = 6.0 / (1 + step / 50.0);
            lines.append(line(new RunEvent.Stepped(step, loss, loss, Math.min(1, (step + 1) / 10.0), 100, 2560, 1.25, 1, (step + 1) / 10.0,
                    (PLANNED - step - 1) / 10.0, Optional.of(1L << 30))));
        }
        Files.writeString(metrics(), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return this;
    }

    RunFiles evaluated(int step, double bitsPerByte) throws IOException {
        time = time.plusSeconds(2);
        return append(new RunEvent.Evaluated(step, bitsPerByte, 1000, 4000, 2));
    }

    RunFiles sampled(int step, Completion... completions) throws IOException {
        time = time.plusSeconds(3);
        return append(new RunEvent.Sampled(step, List.of(completions)));
    }

    RunFiles stopped(int step) throws IOException {
        return append(new RunEvent.Stopped(step));
    }

    RunFiles pause(long seconds) {
        time = time.plusSeconds(seconds);
        return this;
    }

    RunFiles append(RunEvent event) throws IOException {
        return append(line(event));
    }

    RunFiles append(String text) throws IOException {
        Files.writeString(metrics(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return this;
    }

    private String line(RunEvent event) {
        ObjectNode line = Json.LINE.valueToTree(event);
        return line.put("time", time.toString()) + "\n";
    }

    /// What a report needs of a checkpoint.
    RunFiles checkpoint(int step) {
        Json.write(folder.resolve("meta_%06d.json".formatted(step)), Map.of("step", step, "val_bpb", Optional.of(1.25), "model_config",
                GptConfigFields.of(plan().config()), "user_config", Map.of("depth", "2"), "plan", plan(), "state",
                Map.of("training_seconds", 10, "loader", Map.of("source", "my texts", "packed_tokens", 900, "cropped_tokens", 100))));
        return this;
    }

    Path folder() {
        return folder;
    }

    Instant now() {
        return time;
    }
}
