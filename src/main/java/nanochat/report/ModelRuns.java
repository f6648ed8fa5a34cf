package nanochat.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelStage;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.tokenizer.Tokenizer;
import nanochat.tokenizer.TokenizerEvaluation;
import nanochat.train.MetricsLog;

/// All stages of one model.
///
/// @param tag the model's name
/// @param stages those that there are, in order; at least one
/// @param tokenizer how well its tokenizer compresses; empty where no stage has kept one
record ModelRuns(String tag, List<StageRun> stages, Optional<TokenizerEvaluation.Result> tokenizer) {
    ModelRuns {
        stages = List.copyOf(stages);
    }

    /// Reads the model called `tag`.
    ///
    /// @throws BadInputException when there is none, or a file of it cannot be read
    static ModelRuns read(BaseDirectory base, String tag) {
        List<StageRun> stages = Arrays.stream(ModelStage.values())
                .flatMap(stage -> StageRun.read(stage, CheckpointDirectory.of(stage.models(base), tag).folder()).stream()).toList();
        if (stages.isEmpty()) {
            List<String> known = tags(base);
            throw new BadInputException("There is no model '" + tag + "' in " + base.root()
                    + (known.isEmpty() ? ", nor any other" : "; there are: " + String.join(", ", known)));
        }
        return new ModelRuns(tag, stages, evaluation(base, stages));
    }

    /// Reads the largest model: of those named by depth (`d12`) the deepest, otherwise the one that last trained.
    ///
    /// @throws BadInputException when there is none
    static ModelRuns readLargest(BaseDirectory base) {
        String tag = tags(base).stream()
                .max(CheckpointDirectory.BY_PRECEDENCE.thenComparing((String name) -> lastTrained(base, name)))
                .orElseThrow(() -> new BadInputException("There is nothing to report on in " + base.root() + "; train a model first, e.g."
                        + " by  nanochat speedrun"));
        return read(base, tag);
    }

    /// The names of all models that any stage has metrics or a checkpoint of.
    private static List<String> tags(BaseDirectory base) {
        TreeSet<String> tags = new TreeSet<>();
        for (ModelStage stage : ModelStage.values()) {
            if (!Files.isDirectory(stage.models(base))) {
                continue;
            }
            try (Stream<Path> folders = Files.list(stage.models(base))) {
                folders.filter(folder -> lastTrained(folder).isPresent()).forEach(folder -> tags.add(folder.getFileName().toString()));
            } catch (IOException e) {
                throw new BadInputException("Cannot list " + stage.models(base) + ": " + e.getMessage(), e);
            }
        }
        return List.copyOf(tags);
    }

    private static Instant lastTrained(BaseDirectory base, String tag) {
        return Arrays.stream(ModelStage.values()).flatMap(stage -> lastTrained(stage.models(base).resolve(tag)).stream())
                .max(Comparator.naturalOrder()).orElse(Instant.MIN);
    }

    private static Optional<Instant> lastTrained(Path folder) {
        return StageRun.lastModified(folder.resolve(MetricsLog.FILE_NAME))
                .or(() -> new CheckpointDirectory(folder).steps().isEmpty() ? Optional.empty() : StageRun.lastModified(folder));
    }

    /// What `nanochat tokenizer eval` kept of this tokenizer, beside the model or in the shared folder; measured now where it kept nothing.
    private static Optional<TokenizerEvaluation.Result> evaluation(BaseDirectory base, List<StageRun> stages) {
        Optional<Path> folder = stages.stream().map(StageRun::folder).filter(f -> Files.exists(f.resolve(Tokenizer.FILE_NAME))).findFirst();
        return folder.map(own -> {
            String hash = TokenizerCopy.sha256(own.resolve(Tokenizer.FILE_NAME));
            return Stream.of(own, base.tokenizer()).map(f -> f.resolve(TokenizerEvaluation.Result.FILE_NAME)).filter(Files::exists)
                    .map(file -> Json.read(file, TokenizerEvaluation.Result.class)).filter(kept -> kept.tokenizerSha256().equals(hash))
                    .findFirst().orElseGet(() -> TokenizerEvaluation.evaluate(TokenizerCopy.load(own).tokenizer(), hash, base.tokenizer(),
                            List.of()));
        });
    }
}
