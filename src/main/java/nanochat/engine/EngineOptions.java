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
/// @param draftHeads how many of the model's extra heads (docs/objectives.md#multi-token) draft for it; where it is 0, they are not even loaded
public record EngineOptions(WeightFormat weights, int threads, OptionalInt context, int rows, OptionalLong cacheBytes, int draftHeads) {
    /// Rows that are decoded together where nobody says otherwise.
    public static final int DEFAULT_ROWS = 16;

    public EngineOptions {
        check(threads >= 1, "threads", threads);
        check(context.orElse(1) >= 1, "context", context.orElse(1));
        check(rows >= 1 && rows <= InferenceGpt.MAXIMUM_TOKENS, "rows", rows);
        check(cacheBytes.orElse(1) >= 1, "cacheBytes", cacheBytes.orElse(1));
        if (draftHeads < 0) {
            throw new BadInputException("An engine cannot have " + draftHeads + " heads that draft");
        }
    }

    private static void check(boolean valid, String name, long value) {
        if (!valid) {
            throw new BadInputException("An engine cannot be made with " + name + " " + value
                    + (name.equals("rows") ? ": 1 to " + InferenceGpt.MAXIMUM_TOKENS : ": at least 1"));
        }
    }

    /// With the context that the model was trained on.
    public static EngineOptions of(WeightFormat weights, int threads) {
        return new EngineOptions(weights, threads, OptionalInt.empty(), DEFAULT_ROWS, OptionalLong.empty(), 0);
    }

    public EngineOptions withContext(int tokens) {
        return new EngineOptions(weights, threads, OptionalInt.of(tokens), rows, cacheBytes, draftHeads);
    }

    public EngineOptions withRows(int most) {
        return new EngineOptions(weights, threads, context, most, cacheBytes, draftHeads);
    }

    public EngineOptions withCacheBytes(long most) {
        return new EngineOptions(weights, threads, context, rows, OptionalLong.of(most), draftHeads);
    }

    /// That many of the model's extra heads guess the tokens behind the next one, see [Engine#draftBy].
    public EngineOptions withDraftHeads(int heads) {
        return new EngineOptions(weights, threads, context, rows, cacheBytes, heads);
    }

    int contextOf(GptConfig config, KvPrefix prefix) {
        return context.orElse(prefix.contextOf(config));
    }

    /// For `rows` whole contexts, and for a prompt that samples share beside them: so there is never a prompt with room for a token that does
    /// not fit.
    long cacheBytesOf(GptConfig config, KvPrefix prefix) {
        return cacheBytes.orElseGet(() -> (rows + 1) * KvCache.bytesOf(config, draftHeads, weights.keysAndValues(), prefix.tokens()
                + contextOf(config, prefix)));
    }
}
