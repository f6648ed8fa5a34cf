package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import nanochat.checkpoint.TokenizerCopy;
import nanochat.io.Json;
import nanochat.tokenizer.TokenizerEvaluation;
import nanochat.tokenizer.TokenizerEvaluation.Result;
import nanochat.tokenizer.TokenizerEvaluation.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nanochat tokenizer eval`.
@Command(name = "eval", description = "Bytes per token on many kinds of text, beside GPT-2 and GPT-4.")
public final class TokenizerEvalCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "Text files of your own to compare on as well.")
    private List<Path> files = List.of();

    @Mixin
    private TokenizerOption tokenizer = new TokenizerOption();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Result result = TokenizerEvaluation.evaluate(tokenizer.load(), TokenizerCopy.sha256(tokenizer.file()), TokenizerOption.folder(),
                files);
        List.of(TokenizerEvaluation.GPT2_FILE, TokenizerEvaluation.GPT4_FILE).stream().map(TokenizerOption.folder()::resolve)
                .filter(Files::notExists).forEach(absent -> out.println("Left out: there is no " + absent));
        print(result, out);
        Path kept = tokenizer.file().resolveSibling(Result.FILE_NAME);
        Json.write(kept, result);
        out.println("Saved for the report in " + kept);
        if (json) {
            out.println(Json.line(result));
        }
        return 0;
    }

    private static void print(Result result, PrintWriter out) {
        out.printf(Locale.ROOT, "%-20s %9s", "bytes per token", "bytes");
        result.vocabularies().forEach(vocabulary -> out.printf(Locale.ROOT, " %16s", vocabulary.name() + " (" + vocabulary.size() + ")"));
        out.println();
        for (Row row : result.rows()) {
            out.printf(Locale.ROOT, "%-20s %9d", row.sample(), row.bytes());
            for (int i = 0; i < row.tokens().size(); i++) {
                out.printf(Locale.ROOT, " %16.2f", row.bytesPerToken(i));
            }
            out.println();
        }
    }
}
