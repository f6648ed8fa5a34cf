package nanochat.cli;

import java.nio.file.Path;
import java.util.Optional;
import nanochat.io.BaseDirectory;
import nanochat.tokenizer.Tokenizer;
import picocli.CommandLine.Option;

/// The option that names the tokenizer, the same for every command that uses one.
final class TokenizerOption {
    @Option(names = "--tokenizer", paramLabel = "FILE", description = "The tokenizer's file; by default the one in the base directory.")
    private Optional<Path> file = Optional.empty();

    Path file() {
        return file.orElseGet(() -> folder().resolve(Tokenizer.FILE_NAME));
    }

    Tokenizer load() {
        return Tokenizer.load(file());
    }

    /// The tokenizer folder of the base directory.
    static Path folder() {
        return BaseDirectory.fromEnvironment().tokenizer();
    }
}
