package nanochat.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.WeightFormat;
import nanochat.model.GptConfig;

/// How fast the engine answers, on random weights, held against what the machine can do. All times are medians.
///
/// @param weights          format of the matrices: f32, bf16, int8 or int4
/// @param keysAndValues    format of the cache: f32 or bf16
/// @param products         what multiplies many rows with the matrices
/// @param matrixBytes      bytes of the matrices, all of which a step of decoding has to read
/// @param readGbPerSecond1 main memory read by one thread, 10^9 bytes a second
/// @param readGbPerSecond  main memory read by all threads
/// @param cacheBytes       of the processor's last-level cache; 0 where the system does not tell
/// @param matmulGflops     matrix products as training has them, in bf16 or in f32, whichever are faster here, 10^9 operations a second
/// @param peakBytes        weights, caches and activations at their largest
public record InferenceBenchmark(String weights, String keysAndValues, String products, int threads, long matrixBytes,
        double readGbPerSecond1, double readGbPerSecond, long cacheBytes, double matmulGflops, Prefill prefill, List<Row> sweep,
        long peakBytes) {
    private static final long SEED = 1;
    private static final int WARM_UP_ROUNDS = 3;
    private static final int ROUNDS = 5;
    /// Times the size of the last-level cache: of so much, read again and again, it may keep half.
    private static final int CACHED_AT_MOST = 2;

    /// What to measure.
    ///
    /// @param depth layers; the width is 64 times that
    public record Setting(int depth, int vocabularySize, int promptTokens, int decodeTokens, List<Integer> batchSizes, WeightFormat weights,
            int threads) {}

    /// The prompt of one row, run before the first token.
    ///
    /// @param matmulShare the operations of its matrix products and attention a second, by `matmulGflops`
    public record Prefill(double tokensPerSecond, double matmulShare) {}

    /// Decoding of so many rows together after one prefill.
    ///
    /// @param ttftMs         time to the first token of every row
    /// @param tpotMs         time for another token of every row
    /// @param tokensPerSecond of all rows together
    /// @param bytesRead      what a step reads, once for all rows: the matrices, and the keys and values that its tokens see
    /// @param bandwidthShare the time to read that at `readGbPerSecond`, by `tpotMs`; nothing where the last-level cache may keep half of it or
    ///                       more from step to step, for then memory is not what is read
    public record Row(int batchSize, double ttftMs, double tpotMs, double tokensPerSecond, long bytesRead,
            Optional<Double> bandwidthShare) {}

    /// Runs it: some seconds to minutes, depending on the size.
    public static InferenceBenchmark run(Setting setting) {
        int length = setting.promptTokens + setting.decodeTokens;
        GptConfig config = GptConfig.ofDepth(setting.depth, 64, 128, Math.max(2048, length), setting.vocabularySize, "SSSL");
        MachineBenchmark machine = MachineBenchmark.run(setting.threads);
        long cacheBytes = ProcessorCache.lastLevelBytes();
        double matmulGflops = Math.max(machine.matmulBf16Gflops(), machine.matmulF32Gflops());
        EngineOptions options = EngineOptions.of(setting.weights, setting.threads).withContext(length)
                .withRows(Collections.max(setting.batchSizes));
        try (Engine engine = Engine.make(config, new RandomWeights(config, SEED), Optional.empty(), options)) {
            long matrixBytes = engine.gpt().weights().matrixBytes();
            int[] prompt = new SplittableRandom(SEED).ints(setting.promptTokens, 0, setting.vocabularySize).toArray();
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                for (int batchSize : setting.batchSizes) {
                    new Timing(engine, prompt, batchSize, setting.decodeTokens);
                }
            }
            List<Row> sweep = new ArrayList<>();
            double prefillMs = Double.POSITIVE_INFINITY;
            for (int batchSize : setting.batchSizes) {
                Timing[] rounds = new Timing[ROUNDS];
                Arrays.setAll(rounds, round -> new Timing(engine, prompt, batchSize, setting.decodeTokens));
                double ttft = median(Arrays.stream(rounds).mapToDouble(Timing::firstMs).toArray());
                double tpot = median(Arrays.stream(rounds).flatMapToDouble(timing -> Arrays.stream(timing.gapsMs)).toArray());
                long bytesRead = matrixBytes + keyValueBytes(config, setting, batchSize);
                Optional<Double> share = bytesRead <= CACHED_AT_MOST * cacheBytes
                        ? Optional.empty()
                        : Optional.of(bytesRead / (machine.readGbPerSecondAll() * 1e6) / tpot);
                sweep.add(new Row(batchSize, ttft, tpot, batchSize / tpot * 1e3, bytesRead, share));
                prefillMs = Math.min(prefillMs, ttft);
            }
            double flops = prefillFlops(config, setting.promptTokens);
            Prefill prefill = new Prefill(setting.promptTokens / prefillMs * 1e3, flops / prefillMs / 1e6 / matmulGflops);
            return new InferenceBenchmark(name(setting.weights), name(setting.weights.keysAndValues()), engine.gpt().products(),
                    setting.threads, matrixBytes, machine.readGbPerSecond1(), machine.readGbPerSecondAll(), cacheBytes,
                    matmulGflops, prefill, sweep, engine.bytes());
        }
    }

    /// Tokens a second of `batchSize` rows that are decoded together after one prompt, as in [Row].
    static double decodingRate(Engine engine, int[] prompt, int batchSize, int tokens) {
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            new Timing(engine, prompt, batchSize, tokens);
        }
        return batchSize * 1e3 / median(IntStream.range(0, ROUNDS).mapToObj(_ -> new Timing(engine, prompt, batchSize, tokens))
                .flatMapToDouble(timing -> Arrays.stream(timing.gapsMs)).toArray());
    }

    private static String name(Enum<?> format) {
        return format.name().toLowerCase(Locale.ROOT);
    }

    /// What the tokens of a step see, in the middle of decoding: of the prompt, which all rows share, once, and of every row's own tokens.
    private static long keyValueBytes(GptConfig config, Setting setting, int rows) {
        int position = setting.promptTokens + setting.decodeTokens / 2;
        long positions = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            int first = Math.max(0, position - config.window(layer));
            positions += Math.max(0, setting.promptTokens - first);
            positions += (long) rows * (position + 1 - Math.max(first, setting.promptTokens));
        }
        return positions * 2 * config.kvWidth() * setting.weights.keysAndValues().elementBytes();
    }

    /// Operations of the layers for a whole prompt, and of lm_head for its last token.
    private static double prefillFlops(GptConfig config, int tokens) {
        double width = config.embedding();
        double flops = 2 * width * config.paddedVocabularySize();
        for (int layer = 0; layer < config.layers(); layer++) {
            flops += 2.0 * tokens * width * (10 * width + 2 * config.kvWidth());
            for (int position = 0; position < tokens; position++) {
                flops += 4 * width * Math.min(position + 1, config.window(layer) + 1);
            }
        }
        return flops;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /// One request, timed as the one who asked sees it.
    private static final class Timing {
        private final double[] arrivals;
        private final double[] gapsMs;
        private int arrived;

        Timing(Engine engine, int[] prompt, int batchSize, int tokens) {
            arrivals = new double[tokens];
            long start = System.nanoTime();
            ColumnListener clock = column -> {
                if (column.token(0) != ColumnListener.Column.ENDED) {
                    arrivals[arrived++] = (System.nanoTime() - start) * 1e-6;
                }
                return true;
            };
            engine.generate(prompt, batchSize, Generation.greedy(tokens, Set.of()), clock);
            gapsMs = new double[tokens - 1];
            Arrays.setAll(gapsMs, i -> arrivals[i + 1] - arrivals[i]);
        }

        double firstMs() {
            return arrivals[0];
        }
    }
}
