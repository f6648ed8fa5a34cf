package nanochat.engine;

import java.util.OptionalInt;
import java.util.OptionalLong;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;

/// How an engine is made.
///
/// @param weights format of the matrices
/// @param threads how many compute, the calling one included
/// @param context the most tokens of a prompt and its answer together; where it is empty, as many as the model was trained on
/// @param rows how many samples are decoded at once
/// @param cacheBytes the most memory for keys and values; where it is empty, enough for `rows` whole contexts
public record EngineOptions(WeightFormat weights, int threads, OptionalInt context, int rows, OptionalLong cacheBytes) {
    /// Rows that are decoded together where nobody says otherwise.
    public static final int DEFAULT_ROWS = 16;

    public EngineOptions {
        check(threads >= 1, "threads", threads);
        check(context.orElse(1) >= 1, "context", context.orElse(1));
        check(rows >= 1 && rows <= InferenceGpt.MAXIMUM_TOKENS, "rows", rows);
        check(cacheBytes.orElse(1) >= 1, "cacheBytes", cacheBytes.orElse(1));
    }

    private static void check(boolean valid, String name, long value) {
        if (!valid) {
            throw new BadInputException("An engine cannot be made with " + name + " " + value
                    + (name.equals("rows") ? ": 1 to " + InferenceGpt.MAXIMUM_TOKENS : ": at least 1"));
        }
    }

    /// With the context that the model was trained on.
    public static EngineOptions of(WeightFormat weights, int threads) {
        return new EngineOptions(weights, threads, OptionalInt.empty(), DEFAULT_ROWS, OptionalLong.empty());
    }

    public EngineOptions withContext(int tokens) {
        return new EngineOptions(weights, threads, OptionalInt.of(tokens), rows, cacheBytes);
    }

    public EngineOptions withRows(int most) {
        return new EngineOptions(weights, threads, context, most, cacheBytes);
    }

    public EngineOptions withCacheBytes(long most) {
        return new EngineOptions(weights, threads, context, rows, OptionalLong.of(most));
    }

    int contextOf(GptConfig config) {
        return context.orElse(config.sequenceLength());
    }

    /// For `rows` whole contexts, and for a prompt that samples share beside them: so there is never a prompt with room for a token that does
    /// not fit.
    long cacheBytesOf(GptConfig config) {
        return cacheBytes.orElseGet(() -> (rows + 1) * KvCache.bytesOf(config, weights.keysAndValues(), contextOf(config)));
    }
}
