package nanochat.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.engine.Engine;
import nanochat.io.BaseDirectory;
import picocli.CommandLine.Option;

/// Who guesses tokens for a model to check.
final class DraftOptions {
    @Option(names = "--draft-model", paramLabel = "NAME", description = "A smaller model with the same tokenizer, by its name or folder: it guesses some tokens, the model checks them in one go. The same answers, sooner where guesses are often right.")
    private Optional<String> model = Optional.empty();

    @Option(names = "--draft-tokens", defaultValue = "3", paramLabel = "N", description = "Tokens that are guessed at once.")
    private int tokens;

    /// Has them guessed for `engine`.
    void applyTo(Engine engine) {
        if (model.isPresent()) {
            CheckpointDirectory checkpoints = checkpoints(model.get());
            engine.draftBy(checkpoints, checkpoints.lastStep(), tokens);
        }
    }

    /// A folder of that name, else the model of the last stage that has one.
    static CheckpointDirectory checkpoints(String nameOrFolder) {
        return Files.isDirectory(Path.of(nameOrFolder))
                ? new CheckpointDirectory(Path.of(nameOrFolder))
                : ModelChoice.ofLastStage(BaseDirectory.fromEnvironment(), Optional.of(nameOrFolder), Optional.empty()).checkpoints();
    }
}
