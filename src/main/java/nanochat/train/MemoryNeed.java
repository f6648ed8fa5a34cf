package nanochat.train;

import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.io.ProcessMemory;
import nanochat.io.Setting;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;
import nanochat.page.Words;
import nanochat.tensor.DType;

/// The least memory that training a model takes, before any of it is taken: a run that cannot fit ends with a message, and not by the system's
/// hand an hour later.
///
/// @param parameterBytes of weights, gradients, moments, and the copies that products read
/// @param activationBytes of a micro-batch
record MemoryNeed(long parameterBytes, long activationBytes) {
    private static final Setting DEPTH = new Setting("depth");
    /// A value, a gradient and two moments in f32.
    private static final int BYTES_A_PARAMETER = 16;
    /// A value.
    private static final int BYTES_A_FROZEN_PARAMETER = 4;
    /// Of what a block keeps for its backward pass, in widths of the stream: normed inputs, queries, keys, values, heads, the hidden layer.
    private static final int WIDTHS_A_BLOCK = 10;

    /// Of what a layer keeps of a token of the row before, in widths of keys: keys and values, what is read and what is left, of training and of
    /// validation.
    private static final int WIDTHS_A_TOKEN_BEFORE = 8;

    /// Of a run.
    ///
    /// @param positions of a micro-batch, B*T; 0 where they differ
    static MemoryNeed of(RunPlan plan, long positions) {
        MemoryNeed own = of(plan.config(), plan.adapter().isEmpty() ? BYTES_A_PARAMETER : BYTES_A_FROZEN_PARAMETER, plan.compute(), plan
                .recompute(), positions * plan.objective().rowsOfAPass());
        MemoryNeed all = plan.objective().hasTeacher() ? own.withTeacher(plan.config(), plan.compute()) : own;
        return all.withRecurrence(plan, positions);
    }

    /// With keys and values of the row before.
    private MemoryNeed withRecurrence(RunPlan plan, long positions) {
        GptConfig config = plan.config();
        long tokens = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            tokens += positions / config.sequenceLength() * Math.min(plan.objective().recurrence(), config.window(layer));
        }
        return new MemoryNeed(parameterBytes, activationBytes + tokens * config.kvWidth() * WIDTHS_A_TOKEN_BEFORE * plan.compute().bytes());
    }

    /// @param positions of a micro-batch, B*T
    static MemoryNeed of(GptConfig config, DType compute, boolean recompute, long positions) {
        return of(config, BYTES_A_PARAMETER, compute, recompute, positions);
    }

    private static MemoryNeed of(GptConfig config, int bytesAParameter, DType compute, boolean recompute, long positions) {
        long copy = compute == DType.F32 ? 0 : compute.bytes();
        long block = positions * config.embedding() * WIDTHS_A_BLOCK * compute.bytes();
        long blocks = recompute ? block + positions * config.embedding() * config.layers() * Float.BYTES : block * config.layers();
        return new MemoryNeed(ParameterCounts.of(config).total() * (bytesAParameter + copy), blocks);
    }

    /// With a second model whose weights follow the first one's: values, and the copies that products read.
    private MemoryNeed withTeacher(GptConfig config, DType compute) {
        long copy = compute == DType.F32 ? 0 : compute.bytes();
        return new MemoryNeed(parameterBytes + ParameterCounts.of(config).total() * (Float.BYTES + copy), activationBytes);
    }

    long bytes() {
        return parameterBytes + activationBytes;
    }

    /// @throws BadInputException when the machine, or this process, does not have so much
    void check() {
        check(ProcessMemory.limitBytes());
    }

    void check(Optional<Long> limit) {
        if (limit.isPresent() && bytes() > limit.get()) {
            throw BadInputException.about(
                    "Training this takes at least %s (%s for the parameters with gradients and moments, %s for the activations"
                            + " of a micro-batch), and this process can have %s. Lower %s or %s, or %s for a smaller model", Words
                                    .gigabytes(
                                            bytes()),
                    Words.gigabytes(parameterBytes), Words.gigabytes(activationBytes), Words.gigabytes(limit.get()), RunSettings.ROWS,
                    RunSettings.SEQUENCE_LENGTH,
                    DEPTH);
        }
    }
}
