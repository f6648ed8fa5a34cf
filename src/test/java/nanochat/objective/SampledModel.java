package nanochat.objective;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backends;
import nanochat.tensor.CountedCalls;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;

/// A small model with random weights, its log-probabilities and gradients, for objectives that are made of them.
final class SampledModel extends MovableModel {
    static final int ROWS = 4;
    static final int LENGTH = 8;
    static final int VOCABULARY = 40;

    final CountedCalls calls;
    final LogProbabilities logProbabilities = new LogProbabilities(new Gpt(parameters), new Tape(backend, DType.F32), ROWS * LENGTH);

    SampledModel() {
        this(new CountedCalls(Backends.open(Device.CPU, 1, DType.F32)));
    }

    private SampledModel(CountedCalls calls) {
        super(calls.backend(), new GptParameters(GptConfig.ofDepth(2, 16, 16, LENGTH, VOCABULARY, "SL"), calls.backend(), DType.F32, true));
        this.calls = calls;
        drawWeights(4);
    }

    /// The same tokens every time; the first of each row are a prompt, of random length.
    static Batch batch() {
        SplittableRandom random = new SplittableRandom(7);
        int[] inputs = random.ints(ROWS * LENGTH, 0, VOCABULARY).toArray();
        int[] targets = random.ints(ROWS * LENGTH, 0, VOCABULARY).toArray();
        for (int row = 0; row < ROWS; row++) {
            Arrays.fill(targets, row * LENGTH, row * LENGTH + random.nextInt(1, LENGTH - 1), Batch.IGNORED);
        }
        return new Batch(ROWS, LENGTH, inputs, targets);
    }

    /// Some rows of a batch.
    static Batch rows(Batch batch, int from, int to) {
        return new Batch(to - from, LENGTH, Arrays.copyOfRange(batch.inputs(), from * LENGTH, to * LENGTH),
                Arrays.copyOfRange(batch.targets(), from * LENGTH, to * LENGTH));
    }

    static Batch withoutTargets(Batch batch) {
        int[] targets = new int[batch.targets().length];
        Arrays.fill(targets, Batch.IGNORED);
        return new Batch(batch.rows(), batch.length(), batch.inputs(), targets);
    }

    /// Log-probabilities near those that the model gives.
    float[] near(Batch batch, long seed, double distance) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = logProbabilities.of(batch);
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (distance * (2 * random.nextDouble() - 1));
        }
        return values;
    }

    static double squares(Map<String, float[]> gradients) {
        double sum = 0;
        for (float[] gradient : gradients.values()) {
            for (float value : gradient) {
                sum += (double) value * value;
            }
        }
        return sum;
    }

}
