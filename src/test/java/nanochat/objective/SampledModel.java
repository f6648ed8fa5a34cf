package nanochat.objective;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.CountedCalls;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;

/// A small model with random weights, its log-probabilities and gradients, for objectives that are made of them.
final class SampledModel implements AutoCloseable {
    static final int ROWS = 4;
    static final int LENGTH = 8;
    static final int VOCABULARY = 40;

    final CountedCalls calls = new CountedCalls(Backends.open(Device.CPU, 1, DType.F32));
    final Backend backend = calls.backend();
    final GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 16, 16, LENGTH, VOCABULARY, "SL"), backend, DType.F32, true);
    final LogProbabilities logProbabilities = new LogProbabilities(new Gpt(parameters), new Tape(backend, DType.F32), ROWS * LENGTH);

    SampledModel() {
        RandomValues random = new RandomValues(4);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.3)));
        parameters.refresh();
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

    /// Of all parameters by name; they are zero afterwards.
    Map<String, float[]> takeGradients() {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        for (Parameter parameter : parameters.all()) {
            gradients.put(parameter.name(), backend.read(parameter.gradient()));
            backend.zero(parameter.gradient());
        }
        return gradients;
    }

    /// Moves every weight by `distance` times its direction.
    void move(Map<String, float[]> direction, double distance) {
        for (Parameter parameter : parameters.all()) {
            float[] values = backend.read(parameter.value());
            for (int i = 0; i < values.length; i++) {
                values[i] += (float) (distance * direction.get(parameter.name())[i]);
            }
            backend.write(parameter.value(), values);
        }
        parameters.refresh();
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

    @Override
    public void close() {
        backend.close();
    }
}
