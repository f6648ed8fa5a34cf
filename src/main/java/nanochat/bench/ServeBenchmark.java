package nanochat.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.WeightFormat;
import nanochat.io.Json;
import nanochat.model.GptConfig;
import nanochat.serve.ModelServer;
import nanochat.serve.ServerOptions;
import nanochat.tokenizer.Merge;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// What a server gives many clients at once: streaming clients that ask again as soon as they have been answered, over HTTP, on one thread in the process
/// of the server and on its processors. The first seconds are not counted: the compiler is at work.
///
/// @param requests answered between the beginning and the end of the measurement
/// @param errors requests that got no whole answer, though their client did not leave
/// @param dropped requests whose client left before the end, on purpose
/// @param tokensPerSecond generated, over all clients; of answers that only partly fall into the measured time, that part
/// @param benchInferTokensPerSecond of as many rows on the same engine, decoded by [Engine#generate] after one prompt, as `bench infer` measures it;
///     nothing where the server is another process's
/// @param ratioToBenchInfer `tokensPerSecond` by that
/// @param ttftMs from sending a request to its first event
/// @param tpotMs from one token to the next, the mean of an answer
/// @param slowestToFastest time of the slowest answer of full length by that of the fastest; nothing where there was none
/// @param rowsLeft answers that the server still had when all clients were gone
/// @param pagesLeft pages of keys and values that were still in use, but for those kept on purpose
/// @param cachedTokens of prompts, which the server had read before
public record ServeBenchmark(int clients, double seconds, int rows, int promptTokens, int maxTokens, int requests, int errors, int dropped,
        double requestsPerSecond, double tokensPerSecond, Optional<Double> benchInferTokensPerSecond,
        Optional<Double> ratioToBenchInfer, Percentiles ttftMs, Percentiles tpotMs, Optional<Double> slowestToFastest, long rowsLeft,
        long pagesLeft, long cachedTokens) {
    private static final long SEED = 1;
    /// Prompts are words of these, which every tokenizer of ours has as single bytes.
    private static final int FIRST_LETTER = 'a';
    private static final int LETTERS = 26;
    /// For the rate of the engine alone.
    private static final int DECODED_TOKENS = 32;
    private static final int PATIENCE_MILLISECONDS = 30_000;
    /// How long the server may take to notice that its clients have left.
    private static final int MOST_LOOKS = 200;
    private static final long LOOK_MILLISECONDS = 50;

    /// What to measure.
    ///
    /// @param url the server to ask; where it is empty, one is started with a model of random weights
    /// @param key that the server wants to see
    /// @param rows answers that the started server makes at once
    /// @param sharedTokens of every prompt's beginning, the same in all
    /// @param drop share of the requests whose client leaves at a random moment
    /// @param depth layers of the model; its width is 64 times that
    public record Setting(Optional<URI> url, Optional<String> key, int clients, double seconds, int rows, int promptTokens,
            int sharedTokens,
            int maxTokens, double drop, int depth, int vocabularySize, WeightFormat weights, int threads) {}

    /// Of sorted values the ones that so many percent do not exceed.
    public record Percentiles(double p50, double p95, double p99) {
        static Percentiles of(List<StreamingClient.Answer> answers, ToDoubleFunction<StreamingClient.Answer> value) {
            double[] sorted = answers.stream().mapToDouble(value).sorted().toArray();
            return new Percentiles(at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99));
        }

        private static double at(double[] sorted, double share) {
            return sorted.length == 0 ? 0 : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
        }
    }

    /// Runs it: for a little more than the seconds of the setting.
    ///
    /// @param problems told of the first failed request of every client
    /// @throws IOException when the server cannot be asked how it is
    public static ServeBenchmark run(Setting setting, Consumer<String> problems) throws IOException {
        if (setting.url.isPresent()) {
            return measure(setting, setting.url.get(), problems);
        }
        int length = setting.promptTokens + setting.maxTokens;
        GptConfig config = GptConfig.ofDepth(setting.depth, 64, 128, Math.max(2048, length), setting.vocabularySize, "SSSL");
        EngineOptions options = EngineOptions.of(setting.weights, setting.threads).withContext(length).withRows(setting.rows);
        ServerOptions serverOptions = ServerOptions.atPort(0).withQueue(Math.max(ServerOptions.DEFAULT_QUEUE, setting.clients));
        try (Engine engine = Engine.make(config, new RandomWeights(config, SEED), Optional.of(madeUp(setting.vocabularySize)), options)) {
            double before = decodingRate(engine, setting);
            ServeBenchmark served;
            try (ModelServer server = ModelServer.start(engine, "random", false, setting.rows, serverOptions, failure -> problems.accept(
                    failure.toString()))) {
                served = measure(setting, URI.create(server.address()), problems);
            }
            return served.beside((before + decodingRate(engine, setting)) / 2); // the machine may have become slower or faster
        }
    }

    /// Of as many rows as the server has, from a position in the middle of its answers.
    private static double decodingRate(Engine engine, Setting setting) {
        int tokens = Math.min(DECODED_TOKENS, setting.maxTokens);
        int[] prompt = new SplittableRandom(SEED).ints(setting.promptTokens + (setting.maxTokens - tokens) / 2, FIRST_LETTER,
                FIRST_LETTER + LETTERS).toArray();
        return InferenceBenchmark.decodingRate(engine, prompt, Math.min(setting.rows, setting.clients), Math.max(2, tokens));
    }

    private ServeBenchmark beside(double decoding) {
        return new ServeBenchmark(clients, seconds, rows, promptTokens, maxTokens, requests, errors, dropped, requestsPerSecond,
                tokensPerSecond, Optional.of(decoding), Optional.of(tokensPerSecond / decoding), ttftMs, tpotMs, slowestToFastest, rowsLeft,
                pagesLeft, cachedTokens);
    }

    /// A tokenizer with words of letters for all ids.
    static Tokenizer madeUp(int vocabularySize) {
        List<Merge> merges = new ArrayList<>();
        int count = vocabularySize - Tokenizer.BYTES - SpecialToken.values().length;
        for (int i = 0; i < count; i++) { // a word of one letter less, and a letter
            int shorter = i / LETTERS;
            merges.add(new Merge(shorter < LETTERS ? FIRST_LETTER + shorter : Tokenizer.BYTES + shorter - LETTERS, FIRST_LETTER + i
                    % LETTERS));
        }
        return Tokenizer.ofMerges(merges);
    }

    private static int[] prompt(Setting setting, SplittableRandom random) {
        SplittableRandom common = new SplittableRandom(SEED);
        return IntStream.range(0, setting.promptTokens)
                .map(i -> FIRST_LETTER + (i < setting.sharedTokens ? common : random).nextInt(LETTERS)).toArray();
    }

    private static ServeBenchmark measure(Setting setting, URI url, Consumer<String> problems) throws IOException {
        StreamingClient.check(url);
        long cachedBefore = metric(setting, url, "nanochat_cached_tokens_total");
        long begin = System.nanoTime() + (long) (Math.clamp(setting.seconds / 6, 1, 10) * 1e9);
        long end = begin + (long) (setting.seconds * 1e9);
        StreamingCrowd crowd = new StreamingCrowd(setting, url, end, random -> body(setting, random), problems);
        crowd.run(SEED);
        for (int look = 0; look < MOST_LOOKS && rowsLeft(setting, url) + pagesLeft(setting, url) > 0; look++) {
            sleep(LOOK_MILLISECONDS);
        }
        List<StreamingClient.Answer> answers = crowd.answers().stream().filter(answer -> answer.last() >= begin && answer.last() < end)
                .toList();
        List<StreamingClient.Answer> whole = answers.stream().filter(answer -> answer.sent() >= begin).toList();
        double tokens = crowd.answers().stream().mapToDouble(answer -> answer.tokens() * shareInside(answer, begin, end)).sum()
                / setting.seconds;
        return new ServeBenchmark(setting.clients, setting.seconds, setting.rows, setting.promptTokens, setting.maxTokens,
                answers.size(), crowd.errors(), crowd.dropped(), answers.size() / setting.seconds, tokens, Optional.empty(),
                Optional.empty(), Percentiles.of(whole, answer -> (answer.first() - answer.sent()) * 1e-6),
                Percentiles.of(whole.stream().filter(answer -> answer.tokens() > 1).toList(),
                        answer -> (answer.last() - answer.first()) * 1e-6 / (answer.tokens() - 1)),
                slowestToFastest(whole.stream().filter(answer -> answer.tokens() == setting.maxTokens).toList()),
                rowsLeft(setting, url), pagesLeft(setting, url),
                metric(setting, url, "nanochat_cached_tokens_total") - cachedBefore);
    }

    private static String body(Setting setting, SplittableRandom random) {
        return "{\"prompt\": " + Json.line(prompt(setting, random)) + ", \"max_tokens\": " + setting.maxTokens
                + ", \"temperature\": 0, \"stream\": true, \"stream_options\": {\"include_usage\": true}}";
    }

    /// The share of an answer's time that lies in the measured one.
    private static double shareInside(StreamingClient.Answer answer, long begin, long end) {
        double time = Math.max(1, answer.last() - answer.first());
        return Math.max(0, Math.min(answer.last(), end) - Math.max(answer.first(), begin)) / time;
    }

    private static Optional<Double> slowestToFastest(List<StreamingClient.Answer> equal) {
        Comparator<Double> order = Comparator.naturalOrder();
        List<Double> times = equal.stream().map(answer -> (double) (answer.last() - answer.sent())).sorted(order).toList();
        return times.isEmpty() ? Optional.empty() : Optional.of(times.getLast() / times.getFirst());
    }

    private static long rowsLeft(Setting setting, URI url) throws IOException {
        return metric(setting, url, "nanochat_answers_inside") + metric(setting, url, "nanochat_rows");
    }

    private static long pagesLeft(Setting setting, URI url) throws IOException {
        return metric(setting, url, "nanochat_kv_pages");
    }

    private static long metric(Setting setting, URI url, String name) throws IOException {
        URLConnection connection = url.resolve("/metrics").toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLISECONDS);
        connection.setReadTimeout(PATIENCE_MILLISECONDS);
        setting.key.ifPresent(secret -> connection.setRequestProperty("Authorization", "Bearer " + secret));
        try (BufferedReader metrics = new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
            return metrics.lines().filter(line -> line.startsWith(name + " ")).findFirst()
                    .map(line -> Long.parseLong(line.substring(name.length() + 1)))
                    .orElseThrow(() -> new IOException("the server's /metrics tell no " + name));
        }
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
