package nanochat.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import nanochat.data.Batch;
import nanochat.model.GptConfig.Generation;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Parameter;
import nanochat.tensor.Tape;

/// A small model of either generation with random weights, none of them zero, and random batches, to compare ways of computing the same.
public final class SmallRun {
    private static final int ROWS = 2;
    private static final int LENGTH = 20;
    private static final int VOCABULARY = 70;
    /// Every kind of layer: with and without a value embedding, with a window and without, before and after the backout.
    static final int LAYERS = 4;

    private final Backend backend;
    private final GptParameters parameters;
    private final NextToken objective;

    static GptConfig config(Generation generation) {
        return new GptConfig(LENGTH, VOCABULARY, LAYERS, 4, 2, 32, "SL", generation);
    }

    SmallRun(Generation generation, Backend backend, DType type, Predicate<String> trained) {
        this(generation, backend, type, trained, false);
    }

    SmallRun(Generation generation, Backend backend, DType type, Predicate<String> trained, boolean recompute) {
        this.backend = backend;
        parameters = new GptParameters(config(generation), backend, type, trained);
        Random random = new Random(7);
        for (Parameter parameter : parameters.all()) {
            backend.write(parameter.value(), values(parameter, random));
        }
        parameters.refresh();
        objective = new NextToken(new Gpt(parameters, LENGTH, recompute), new Tape(backend, type), ROWS, LENGTH);
    }

    private static float[] values(Parameter parameter, Random random) {
        double size = parameter.value().rows() == 1 ? 0.5 : 1 / Math.sqrt(parameter.value().columns());
        float[] values = new float[Math.toIntExact(parameter.value().size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * size);
        }
        return values;
    }

    GptParameters parameters() {
        return parameters;
    }

    /// Adds the gradients of batch number `seed`.
    double addGradients(long seed) {
        Random random = new Random(seed);
        int[] inputs = random.ints(ROWS * LENGTH, 0, VOCABULARY).toArray();
        int[] targets = random.ints(ROWS * LENGTH, -1, VOCABULARY).toArray();
        objective.addGradients(new Batch(ROWS, LENGTH, inputs, targets), 1);
        return objective.takeLoss();
    }

    /// The gradients by name.
    Map<String, float[]> gradients() {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        parameters.all().stream().filter(Parameter::isTrained)
                .forEach(parameter -> gradients.put(parameter.name(), backend.read(parameter.gradient())));
        return gradients;
    }
}
