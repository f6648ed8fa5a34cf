package nanochat.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import nanochat.tokenizer.TokenizerEvaluation;
import nanochat.tokenizer.TokenizerEvaluation.Contender;
import nanochat.tokenizer.TokenizerEvaluation.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Contender> contenders = new ArrayList<>(List.of(TokenizerEvaluation.ours(tokenizer.load())));
        addOrExplain(contenders, TokenizerEvaluation.gpt2(TokenizerOption.folder()), TokenizerEvaluation.GPT2_FILE);
        addOrExplain(contenders, TokenizerEvaluation.gpt4(TokenizerOption.folder()), TokenizerEvaluation.GPT4_FILE);
        List<Row> rows = new ArrayList<>(TokenizerEvaluation.compare(contenders, TokenizerEvaluation.builtInSamples()));
        files.forEach(file -> rows.add(TokenizerEvaluation.compare(contenders, file)));

        out.printf("%-20s %9s", "bytes per token", "bytes");
        contenders.forEach(contender -> out.printf(" %16s", contender.name() + " (" + contender.vocabularySize() + ")"));
        out.println();
        for (Row row : rows) {
            out.printf("%-20s %9d", row.sample(), row.bytes());
            for (int i = 0; i < contenders.size(); i++) {
                out.printf(Locale.ROOT, " %16.2f", row.bytesPerToken(i));
            }
            out.println();
        }
        return 0;
    }

    private void addOrExplain(List<Contender> contenders, Optional<Contender> reference, String file) {
        reference.ifPresentOrElse(contenders::add,
                () -> spec.commandLine().getOut().println("Left out: there is no " + TokenizerOption.folder().resolve(file)));
    }
}
