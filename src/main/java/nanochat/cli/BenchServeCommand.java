package nanochat.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import nanochat.bench.ServeBenchmark;
import nanochat.engine.InferenceGpt;
import nanochat.engine.WeightFormat;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat bench serve`.
@Command(name = "serve", description = "How fast and how fairly a server answers many streaming clients at once, beside what the engine gives alone.")
public final class BenchServeCommand implements Runnable {
    private static final int MOST_CLIENTS = 10_000;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--clients", defaultValue = "64", paramLabel = "N", description = "Clients that ask at the same time, each again as soon as it has its answer.")
    private int clients;

    @Option(names = "--seconds", defaultValue = "60", paramLabel = "S", description = "How long is measured, after some seconds to warm up.")
    private double seconds;

    @Option(names = "--prompt-tokens", defaultValue = "32", paramLabel = "N", description = "Tokens of each prompt.")
    private int promptTokens;

    @Option(names = "--shared-tokens", defaultValue = "0", paramLabel = "N", description = "Tokens at the beginning of all prompts that are the same.")
    private int sharedTokens;

    @Option(names = "--max-tokens", defaultValue = "128", paramLabel = "N", description = "Tokens of each answer.")
    private int maxTokens;

    @Option(names = "--drop", defaultValue = "0", paramLabel = "SHARE", description = "Share of the requests whose client leaves at a random moment, 0 to 1.")
    private double drop;

    @Option(names = "--max-rows", paramLabel = "N", description = "Answers that the server makes at once; by default as many as there are clients.")
    private OptionalInt rows = OptionalInt.empty();

    @Option(names = "--url", paramLabel = "ADDRESS", description = "Ask the server there, such as http://127.0.0.1:8000, instead of starting one.")
    private Optional<URI> url = Optional.empty();

    @Option(names = "--api-key", paramLabel = "KEY", description = "Key to show to that server.")
    private Optional<String> apiKey = Optional.empty();

    @Option(names = "--weights", defaultValue = "bf16", paramLabel = "FORMAT", description = "Format of the matrices: ${COMPLETION-CANDIDATES}.")
    private WeightFormat weights = WeightFormat.BF16;

    @Option(names = "--depth", defaultValue = "6", paramLabel = "L", description = "Layers of the model; its width is 64 times that.")
    private int depth;

    @Option(names = "--vocab-size", defaultValue = "32768", paramLabel = "V", description = "Entries of the vocabulary.")
    private int vocabularySize;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--json", description = "Print one JSON object as the last line.")
    private boolean json;

    @Override
    public void run() {
        if (clients < 1 || clients > MOST_CLIENTS || !(seconds > 0 && seconds < 1e6) || promptTokens < 1 || maxTokens < 1 || !(drop >= 0
                && drop <= 1)
                || sharedTokens < 0 || sharedTokens > promptTokens) {
            throw new BadInputException(
                    "There must be at least 1 client and at most " + MOST_CLIENTS
                            + ", some seconds, 1 prompt token (and no more shared ones than that), 1 token"
                            + " of an answer, and a share from 0 to 1 that leaves: --clients " + clients + " --seconds " + seconds
                            + " --prompt-tokens "
                            + promptTokens + " --shared-tokens " + sharedTokens + " --max-tokens " + maxTokens + " --drop " + drop);
        }
        PrintWriter err = spec.commandLine().getErr();
        try {
            ServeBenchmark result = ServeBenchmark.run(new ServeBenchmark.Setting(url, apiKey, clients, seconds, rows.orElse(Math.min(
                    clients, InferenceGpt.MAXIMUM_TOKENS)),
                    promptTokens, sharedTokens, maxTokens, drop, depth, vocabularySize, weights, threads.count()), err::println);
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(Json.line(result));
            } else {
                print(result, out);
            }
        } catch (IOException unreachable) {
            throw new BadInputException("The server cannot be measured: " + unreachable.getMessage(), unreachable);
        }
    }

    private static void print(ServeBenchmark result, PrintWriter out) {
        out.printf(Locale.ROOT, "%d clients, %d rows, prompts of %d tokens, answers of %d, %.0f s%n", result.clients(), result.rows(),
                result.promptTokens(), result.maxTokens(), result.seconds());
        out.printf(Locale.ROOT, "%d requests, %d errors, %d left by their clients; %.1f requests/s%n", result.requests(), result.errors(),
                result.dropped(), result.requestsPerSecond());
        out.printf(Locale.ROOT, "%.0f tokens/s%s%n", result.tokensPerSecond(), result.ratioToBenchInfer().map(ratio -> String.format(
                Locale.ROOT,
                ", %.2f of what the engine decodes alone (%.0f)", ratio, result.benchInferTokensPerSecond().orElseThrow())).orElse(""));
        out.printf(Locale.ROOT, "%10s %10s %10s %10s%n", "ms", "p50", "p95", "p99");
        print("first", result.ttftMs(), out);
        print("next", result.tpotMs(), out);
        result.slowestToFastest().ifPresent(ratio -> out.printf(Locale.ROOT, "slowest answer by the fastest: %.2f%n", ratio));
        out.printf(Locale.ROOT, "%d tokens of prompts had been read before; %d rows and %d pages left behind%n", result.cachedTokens(),
                result.rowsLeft(), result.pagesLeft());
    }

    private static void print(String name, ServeBenchmark.Percentiles times, PrintWriter out) {
        out.printf(Locale.ROOT, "%10s %10.1f %10.1f %10.1f%n", name, times.p50(), times.p95(), times.p99());
    }
}
