package nanochat.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import nanochat.engine.kernel.KeyValuePage;
import nanochat.model.GptConfig;
import nanochat.model.ParameterNames;
import nanochat.model.Tuning;

/// Keys and values that stand before the first token of every sequence (docs/tuning.md#prefixes, docs/tuning.md#frozen-prompts). They take the first positions;
/// the text begins behind them.
///
/// @param tokens how many positions; 0: there is no prefix
/// @param lastToken at the last of them, where tokens stand there
/// @param layers of each the keys and the values, [tokens, kv]
record KvPrefix(int tokens, OptionalInt lastToken, List<KeysAndValues> layers) {
    static final KvPrefix NONE = new KvPrefix(0, OptionalInt.empty(), List.of());

    record KeysAndValues(float[] keys, float[] values) {}

    KvPrefix {
        layers = List.copyOf(layers);
    }

    static KvPrefix of(GptConfig config, TensorSource source) {
        int tokens = source.prefixTokens();
        if (tokens == 0) {
            return NONE;
        }
        return new KvPrefix(tokens, source.lastPrefixToken(), IntStream.range(0, config.layers()).mapToObj(ParameterNames::block).map(
                block -> new KeysAndValues(source
                        .tensor(Tuning.nameOfKeys(block)).withShape(tokens, config.kvWidth()).toArray(), source.tensor(Tuning.nameOfValues(
                                block))
                                .withShape(tokens, config.kvWidth()).toArray())).toList());
    }

    /// Where the text ends that the model was trained on: a prompt is within its context, a prefix before it.
    int contextOf(GptConfig config) {
        return lastToken.isPresent() ? config.sequenceLength() - tokens : config.sequenceLength();
    }

    /// Writes those of a layer into pages of their own.
    ///
    /// @param pages as many as they need
    void store(int layer, GptConfig config, List<KeyValuePage> pages) {
        int width = config.kvWidth();
        try (Arena arena = Arena.ofConfined()) { // pages in bf16 round what they are given in place
            MemorySegment keys = copy(arena, layers.get(layer).keys);
            MemorySegment values = copy(arena, layers.get(layer).values);
            for (int first = 0; first < tokens; first += KvCache.PAGE) {
                int count = Math.min(KvCache.PAGE, tokens - first);
                for (int head = 0; head < config.kvHeads(); head++) {
                    long offset = Float.BYTES * ((long) first * width + (long) head * config.headSize());
                    pages.get(first / KvCache.PAGE).store(0, count, head, keys.address() + offset, values.address() + offset,
                            (long) Float.BYTES
                                    * width);
                }
            }
        }
    }

    /// Aligned, and with room behind the last number, for kernels that read whole vectors.
    private static MemorySegment copy(Arena arena, float[] numbers) {
        MemorySegment copy = arena.allocate((long) Float.BYTES * (numbers.length + KvCache.PAGE), 64);
        MemorySegment.copy(numbers, 0, copy, ValueLayout.JAVA_FLOAT, 0, numbers.length);
        return copy;
    }

    /// Adds it to a hash.
    void addTo(MessageDigest digest) {
        lastToken.ifPresent(token -> digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, token)));
        for (KeysAndValues layer : layers) {
            ByteBuffer numbers = ByteBuffer.allocate(Float.BYTES * (layer.keys.length + layer.values.length));
            numbers.asFloatBuffer().put(layer.keys).put(layer.values);
            digest.update(numbers);
        }
    }
}
