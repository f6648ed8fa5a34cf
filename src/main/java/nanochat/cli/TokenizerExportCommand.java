package nanochat.cli;

import java.nio.file.Path;
import nanochat.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer export`.
@Command(name = "export", description = "Write the tokenizer for other programs; every id stays.")
public final class TokenizerExportCommand implements Runnable {
    /// Whose form.
    enum Form {
        /// `tokenizer.json` of the library `tokenizers`.
        HUGGINGFACE,
        /// Base64 and rank on every line; special tokens and the split pattern are for the reader to supply.
        TIKTOKEN
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "What to write.")
    private Path file = Path.of("");

    @Option(names = "--format", defaultValue = "huggingface", paramLabel = "FORM", description = "${COMPLETION-CANDIDATES}: a tokenizer.json, or ranks.")
    private Form form = Form.HUGGINGFACE;

    @Mixin
    private TokenizerOption tokenizerOption = new TokenizerOption();

    @Override
    public void run() {
        Tokenizer tokenizer = tokenizerOption.load();
        switch (form) {
            case HUGGINGFACE -> tokenizer.exportHuggingFace(file);
            case TIKTOKEN -> tokenizer.exportTiktoken(file);
        }
        spec.commandLine().getOut().println(tokenizer.vocabularySize() + " tokens in " + file);
    }
}
