package nanochat.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import nanochat.bench.DraftBenchmark;
import nanochat.bench.InferenceBenchmark;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.InferenceGpt;
import nanochat.engine.WeightFormat;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat bench infer`.
@Command(name = "infer", description = "How fast the engine answers, against this machine's memory and matrix products.")
public final class BenchInferCommand implements Runnable {
    private static final int MOST_TOKENS = 1_000_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--prompt-tokens", defaultValue = "512", paramLabel = "N", description = "Tokens of the prompt.")
    private int promptTokens;

    @Option(names = "--decode-tokens", defaultValue = "64", paramLabel = "N", description = "Tokens of the answer, at least 2.")
    private int decodeTokens;

    @Option(names = "--batch-sizes", defaultValue = "1,8,32", split = ",", paramLabel = "B", description = "Answers generated together; several sizes are measured one after the other.")
    private List<Integer> batchSizes = List.of();

    @Option(names = "--weights", defaultValue = "bf16", paramLabel = "FORMAT", description = "Format of the matrices: ${COMPLETION-CANDIDATES}.")
    private WeightFormat weights = WeightFormat.BF16;

    @Option(names = "--depth", defaultValue = "6", paramLabel = "L", description = "Layers of the model; its width is 64 times that.")
    private int depth;

    @Option(names = "--vocab-size", defaultValue = "32768", paramLabel = "V", description = "Entries of the vocabulary.")
    private int vocabularySize;

    @Mixin
    private DraftOptions drafting = new DraftOptions();

    @Option(names = "--source", paramLabel = "STAGE", description = "With --draft: stage of the model that is drafted for: ${COMPLETION-CANDIDATES}; by default the last of these that has a model.")
    private Optional<ModelStage> source = Optional.empty();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--temperature", defaultValue = "0", paramLabel = "T", description = "With --draft: how freely tokens are drawn; 0: always the likeliest.")
    private double temperature;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--json", description = "Print one JSON object as the last line.")
    private boolean json;

    @Override
    public void run() {
        if (promptTokens < 1 || promptTokens > MOST_TOKENS || decodeTokens < 2 || decodeTokens > MOST_TOKENS
                || batchSizes.stream().anyMatch(size -> size < 1 || size > InferenceGpt.MAXIMUM_TOKENS)) {
            throw new BadInputException("There must be 1 prompt token, 2 tokens to decode, and 1 answer at least, " + MOST_TOKENS
                    + " tokens and " + InferenceGpt.MAXIMUM_TOKENS + " answers together at most: --prompt-tokens "
                    + promptTokens + " --decode-tokens " + decodeTokens + " --batch-sizes " + batchSizes);
        }
        if (drafting.draft().isPresent()) {
            draft(drafting.draft().get(), spec.commandLine().getOut());
            return;
        }
        if (model.isAsked() || source.isPresent()) {
            throw new BadInputException(
                    "A model is only measured with --draft; without it the weights are random, of --depth and --vocab-size");
        }
        InferenceBenchmark result = InferenceBenchmark.run(new InferenceBenchmark.Setting(depth, vocabularySize, promptTokens, decodeTokens,
                batchSizes, weights, threads.count()));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.line(result));
        } else {
            print(result, out);
        }
    }

    /// What a trained model gains by drafts.
    private void draft(String name, PrintWriter out) {
        ModelChoice choice = source.map(model::of).orElseGet(model::ofLastStage);
        EngineOptions options = EngineOptions.of(weights, threads.count()).withRows(1);
        try (Engine plain = Engine.load(choice.checkpoints(), choice.step(), options);
                Engine engine = Engine.load(choice.checkpoints(), choice.step(), drafting.of(options, choice))) {
            drafting.applyTo(engine);
            DraftBenchmark result = DraftBenchmark.run(plain, engine, promptTokens, decodeTokens, temperature);
            if (json) {
                out.println(Json.line(result));
                return;
            }
            out.printf(Locale.ROOT, "%s, %s weights, %d threads; drafts by %s; %d texts, %d tokens each behind %d%n", choice,
                    weights.name().toLowerCase(Locale.ROOT), threads.count(), name, result.prompts(), result.decodeTokens(), result
                            .promptTokens());
            out.printf(Locale.ROOT, "one row: %.0f tokens/s with drafts, %.0f without: %.2f times as fast%n", result.tokensPerSecond(),
                    result.plainTokensPerSecond(), result.tokensPerSecond() / result.plainTokensPerSecond());
            out.printf(Locale.ROOT, "a pass accepted %.2f of %.2f guesses; %s%n", result.acceptedPerStep(), result.guessedPerStep(),
                    result.identical() ? "all tokens are the same" : "TOKENS DIFFER");
        }
    }

    private void print(InferenceBenchmark result, PrintWriter out) {
        out.printf(Locale.ROOT, "depth %d, vocabulary %d, %s weights (%.1f MB), %s keys and values, %d threads, %.0f MB in all%n", depth,
                vocabularySize, result.weights(), result.matrixBytes() * 1e-6, result.keysAndValues(), result.threads(),
                result.peakBytes() * 1e-6);
        out.printf(Locale.ROOT, "machine: reads %.1f GB/s (one thread %.1f), last-level cache %.0f MB, multiplies %.0f GFLOP/s%n",
                result.readGbPerSecond(), result.readGbPerSecond1(), result.cacheBytes() * 1e-6, result.matmulGflops());
        out.printf(Locale.ROOT, "products of many rows: %s%n", result.products());
        out.printf(Locale.ROOT, "prefill of %d tokens: %.0f tokens/s, %.2f of the matrix rate%n%n", promptTokens,
                result.prefill().tokensPerSecond(), result.prefill().matmulShare());
        out.printf(Locale.ROOT, "%6s %12s %12s %12s %12s %22s%n", "rows", "first ms", "next ms", "tokens/s", "MB read",
                "share of memory rate");
        for (InferenceBenchmark.Row row : result.sweep()) {
            out.printf(Locale.ROOT, "%6d %12.1f %12.3f %12.0f %12.1f %22s%n", row.batchSize(), row.ttftMs(), row.tpotMs(),
                    row.tokensPerSecond(), row.bytesRead() * 1e-6,
                    row.bandwidthShare().map(share -> String.format(Locale.ROOT, "%.2f", share)).orElse("in the cache"));
        }
    }
}
