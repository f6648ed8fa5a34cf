package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import nanochat.io.BadInputException;
import nanochat.tokenizer.ImportedTokenizer;
import nanochat.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer import`.
@Command(name = "import", description = "Take a tokenizer of another program: a Hugging Face tokenizer.json, or tiktoken's ranks.")
public final class TokenizerImportCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The file; its content tells the form.")
    private Path file = Path.of("");

    @Option(names = "--overwrite", description = "Replace the tokenizer that is there.")
    private boolean overwrite;

    @Mixin
    private TokenizerOption target = new TokenizerOption();

    @Override
    public void run() {
        if (Files.exists(target.file()) && !overwrite) {
            throw new BadInputException("There is a tokenizer in " + target.file() + " already. Name another file with --tokenizer, or"
                    + " replace it with --overwrite.");
        }
        ImportedTokenizer imported = Tokenizer.importAny(file);
        Tokenizer tokenizer = imported.tokenizer();
        tokenizer.save(target.file());
        PrintWriter out = spec.commandLine().getOut();
        out.println(tokenizer.vocabularySize() + " tokens, the special ones of nanochat included, in " + target.file());
        if (imported.otherIds() > 0) {
            out.println(imported.otherIds()
                    + " tokens have another id here: the single bytes come first, in their order. Data and models made"
                    + " with the old ids do not fit.");
        }
    }
}
