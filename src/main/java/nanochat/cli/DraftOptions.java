package nanochat.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelMeta;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.io.BaseDirectory;
import picocli.CommandLine.Option;

/// Who guesses tokens for a model to check.
final class DraftOptions {
    private static final String HEADS = "heads";

    @Option(names = {"--draft",
        "--draft-model"}, paramLabel = "heads|NAME", description = "Some tokens are guessed and then checked in one go, by the extra heads of a model of --objective multi-token, or by a smaller model with the same tokenizer (its name or folder). The same answers, sooner where guesses are often right.")
    private Optional<String> draft = Optional.empty();

    @Option(names = "--draft-tokens", defaultValue = "3", paramLabel = "N", description = "Tokens that are guessed at once; by heads no more than there are.")
    private int tokens;

    Optional<String> draft() {
        return draft;
    }

    /// `options` for an engine of that model, with the heads that draft.
    EngineOptions of(EngineOptions options, ModelChoice model) {
        if (!draft.equals(Optional.of(HEADS))) {
            return options;
        }
        int heads = model.checkpoints().readMeta(model.step(), ModelMeta.class).objective().extraHeads();
        return options.withDraftHeads(heads == 0 ? 1 : Math.clamp(tokens, 1, heads)); // of none the engine says so
    }

    /// Has the smaller model draft for `engine`, where that is asked for.
    void applyTo(Engine engine) {
        draft.filter(name -> !name.equals(HEADS)).map(DraftOptions::checkpoints)
                .ifPresent(small -> engine.draftBy(small, small.lastStep(), tokens));
    }

    /// A folder of that name, else the model of the last stage that has one.
    private static CheckpointDirectory checkpoints(String nameOrFolder) {
        return Files.isDirectory(Path.of(nameOrFolder))
                ? new CheckpointDirectory(Path.of(nameOrFolder))
                : ModelChoice.ofLastStage(BaseDirectory.fromEnvironment(), Optional.of(nameOrFolder), Optional.empty()).checkpoints();
    }
}
