package nanochat.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import nanochat.data.Batch;
import nanochat.data.Batches;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.InferenceGpt;
import nanochat.engine.KvCache;
import nanochat.engine.Sequence;
import nanochat.engine.WeightFormat;
import nanochat.engine.kernel.KeyValueFormat;
import nanochat.engine.kernel.Rows;
import nanochat.io.Progress;
import nanochat.model.Gpt;
import nanochat.tokenizer.Tokenizer;

/// What it costs to keep the engine's weights, and its keys and values, in a smaller format: bits per byte by the engine's own passes, the
/// products of which are those that a prompt meets.
///
/// @param weights the format of the matrices
/// @param keysAndValues the format of the cache
/// @param bitsPerByte as [BitsPerByte] has it
/// @param percentAboveF32 how much more than with everything in f32; negative where it is less
public record FormatCost(WeightFormat weights, KeyValueFormat keysAndValues, double bitsPerByte, double percentAboveF32) {
    /// Measures formats, one after the other, on copies of a model's weights, each with the keys and values that go with it. First of all f32,
    /// to compare with, and f32 weights with keys and values in bf16 if any of the formats has those: what they cost alone.
    ///
    /// @param batches of rows no longer than the model's context
    /// @param tokens about how many there will be, for the progress line
    /// @param threads how many compute
    public static List<FormatCost> measure(Gpt gpt, Tokenizer tokenizer, List<WeightFormat> formats, Batches batches,
            long tokens, int threads) {
        Set<WeightFormat> wanted = new LinkedHashSet<>(List.of(WeightFormat.F32));
        wanted.addAll(formats);
        Set<KeyValueFormat> besideF32 = EnumSet.of(KeyValueFormat.F32);
        wanted.forEach(format -> besideF32.add(format.keysAndValues()));
        List<FormatCost> costs = new ArrayList<>();
        for (WeightFormat weights : wanted) {
            try (Engine engine = Engine.of(gpt, Optional.of(tokenizer), EngineOptions.of(weights, threads))) {
                for (KeyValueFormat keysAndValues : weights == WeightFormat.F32 ? besideF32 : Set.of(weights.keysAndValues())) {
                    try (Progress progress = Progress.of("Measuring " + name(weights), tokens, "tokens");
                            KvCache cache = engine.gpt().newCache(keysAndValues)) {
                        double bits = bitsPerByte(engine.gpt(), cache, batches, tokenizer.tokenBytes(), progress);
                        double f32 = costs.isEmpty() ? bits : costs.getFirst().bitsPerByte();
                        costs.add(new FormatCost(weights, keysAndValues, bits, (bits / f32 - 1) * 100));
                    }
                }
            }
        }
        return List.copyOf(costs);
    }

    private static double bitsPerByte(InferenceGpt gpt, KvCache cache, Batches batches, int[] tokenBytes, Progress progress) {
        BitsPerByte[] sum = {BitsPerByte.NOTHING};
        batches.forEach(batch -> {
            for (int row = 0; row < batch.rows(); row++) {
                sum[0] = addRow(sum[0], gpt, cache, batch, row, tokenBytes);
                progress.advance(batch.length());
            }
        });
        return sum[0].value();
    }

    private static BitsPerByte addRow(BitsPerByte sum, InferenceGpt gpt, KvCache cache, Batch batch, int row, int[] tokenBytes) {
        int start = row * batch.length();
        int[] inputs = Arrays.copyOfRange(batch.inputs(), start, start + batch.length());
        int[] targets = Arrays.copyOfRange(batch.targets(), start, start + batch.length());
        float[] losses = new float[targets.length];
        Sequence sequence = cache.newSequence();
        InferenceGpt.LogitsVisitor visitor = (index, logits, logitsRow) -> losses[index] = loss(logits, logitsRow, targets[index]);
        try {
            gpt.score(sequence, inputs, visitor);
        } finally {
            sequence.release();
        }
        return sum.plus(targets, losses, tokenBytes);
    }

    private static float loss(Rows logits, int row, int target) {
        return target == Batch.IGNORED ? 0 : -logits.logProbability(row, target);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "Weights in %-4s, keys and values in %-4s: %.4f bits per byte, %+.2f%% to f32", name(weights),
                name(keysAndValues), bitsPerByte, percentAboveF32);
    }

    private static String name(Enum<?> format) {
        return format.name().toLowerCase(Locale.ROOT);
    }
}
