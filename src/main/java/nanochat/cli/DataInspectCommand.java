package nanochat.cli;

import java.io.PrintWriter;
import java.util.Locale;
import nanochat.data.Batch;
import nanochat.data.BatchLayout;
import nanochat.data.BatchLoader;
import nanochat.data.DocumentSource;
import nanochat.data.LoaderState;
import nanochat.data.Packing;
import nanochat.data.RowView;
import nanochat.data.Share;
import nanochat.io.Terminal;
import nanochat.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat data inspect`.
@Command(name = "inspect", description = "Print training rows, token by token, and the share of tokens that packing crops.")
public final class DataInspectCommand implements Runnable {
    /// Enough for the share cropped to settle.
    private static final int MEASURED_ROWS = 2000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private DataOptions documents = new DataOptions();

    @Option(names = "--packing", defaultValue = "bestfit", paramLabel = "HOW", description = "How documents become rows: ${COMPLETION-CANDIDATES}.")
    private Packing packing = Packing.BESTFIT;

    @Option(names = "--rows", defaultValue = "4", paramLabel = "N", description = "Rows to print.")
    private int rows;

    @Option(names = "--max-seq-len", defaultValue = "512", paramLabel = "T", description = "Predictions in a row.")
    private int length;

    @Mixin
    private TokenizerOption tokenizerFile = new TokenizerOption();

    @Override
    public void run() {
        Tokenizer tokenizer = tokenizerFile.load();
        RowView view = new RowView(tokenizer, Terminal.hasColours());
        PrintWriter out = spec.commandLine().getOut();
        DocumentSource source = documents.source();
        try (BatchLoader loader = new BatchLoader(source, tokenizer, new BatchLayout(packing, 1, length), Share.WHOLE)) {
            long croppedBefore = 0;
            for (int row = 0; row < Math.max(rows, MEASURED_ROWS); row++) {
                Batch batch = loader.next();
                if (row < rows) {
                    long cropped = loader.state().croppedTokens();
                    out.println("row " + row + (cropped > croppedBefore ? ", then " + (cropped - croppedBefore) + " tokens cropped" : ""));
                    out.println(view.render(batch, 0));
                    croppedBefore = cropped;
                }
            }
            LoaderState state = loader.state();
            out.printf(Locale.ROOT, "%.2f%% of the tokens cropped in %d rows, packing %s, epoch %d%n", 100 * state.croppedShare(),
                    Math.max(rows, MEASURED_ROWS), packing, state.epoch());
        }
        documents.report(source);
    }
}
