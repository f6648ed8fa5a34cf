package nanochat.explain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.NextToken;
import nanochat.optim.MuonAdamW;
import nanochat.optim.OptimizerSettings;
import nanochat.optim.ParameterGroups;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;
import nanochat.tensor.Visibility;

/// What the forward and backward pass of a micro-batch takes, measured by training code on a model with random weights.
///
/// @param seconds the shortest of some passes
/// @param bytes as the backend has accounted for them
/// @param loss of the batch
/// @param gradients of some matrices, to compare
record StepCost(double seconds, TrainingBytes bytes, double loss, List<float[]> gradients) {
    /// Long enough for a few passes of small models.
    static final Duration SHORT = Duration.ofMillis(40);

    private static final int FEWEST = 3;
    private static final long SEED = 1;

    /// A micro-batch of a model as it is trained.
    static StepCost measure(GptConfig config, int rows, int length, boolean recompute, int threads) {
        return measure(config, rows, length, recompute, threads, layer -> new Visibility.Causal(config.window(layer)), SHORT);
    }

    /// @param sight what the queries of a layer see
    /// @param time for passes, of which the shortest counts; none where it is zero
    static StepCost measure(GptConfig config, int rows, int length, boolean recompute, int threads, IntFunction<Visibility> sight,
            Duration time) {
        try (Backend backend = Backends.open(Device.CPU, threads, DType.F32)) {
            GptParameters parameters = new GptParameters(config, backend, DType.F32, true);
            parameters.initialize(SEED);
            long parameterBytes = backend.tensorBytes();
            new MuonAdamW(backend, ParameterGroups.of(parameters, OptimizerSettings.DEFAULT));
            long moments = backend.tensorBytes() - parameterBytes;

            int[] tokens = IntStream.range(0, rows * length + 1).map(i -> (i * 31 + i / 7) % config.vocabularySize()).toArray();
            Batch batch = new Batch(rows, length, Arrays.copyOf(tokens, rows * length), Arrays.copyOfRange(tokens, 1, tokens.length));
            NextToken objective = new NextToken(new Gpt(parameters, length, recompute, sight), new Tape(backend, DType.F32), rows, length);
            double loss = pass(objective, batch); // takes all memory, and is not counted
            long activations = backend.tensorBytes() - parameterBytes - moments;
            List<float[]> gradients = new ArrayList<>();
            for (Parameter matrix : parameters.layers().getLast().matrices()) {
                gradients.add(backend.read(matrix.gradient()));
            }
            double shortest = Double.POSITIVE_INFINITY;
            long end = System.nanoTime() + time.toNanos();
            for (int i = 0; !time.isZero() && (i < FEWEST || System.nanoTime() < end); i++) {
                long began = System.nanoTime();
                pass(objective, batch);
                shortest = Math.min(shortest, (System.nanoTime() - began) * 1e-9);
            }
            return new StepCost(shortest, new TrainingBytes(parameterBytes / 2, parameterBytes / 2, moments, activations), loss, gradients);
        }
    }

    private static double pass(NextToken objective, Batch batch) {
        objective.addGradients(batch, 1);
        return objective.takeLoss();
    }

    /// This one or another measurement of the same, whichever was less disturbed.
    StepCost orFaster(StepCost other) {
        return other.seconds < seconds ? other : this;
    }

    /// To be kept for long: what was measured, without what was computed.
    StepCost withoutGradients() {
        return new StepCost(seconds, bytes, loss, List.of());
    }

    /// Whether the same was computed, bit for bit.
    boolean computedTheSameAs(StepCost other) {
        return loss == other.loss && IntStream.range(0, gradients.size()).allMatch(i -> Arrays.equals(gradients.get(i), other.gradients
                .get(i)));
    }
}
