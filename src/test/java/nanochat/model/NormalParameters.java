package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import nanochat.data.Batch;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.Parameter;

/// Parameters that are drawn so that everything in a model counts, and their gradients.
final class NormalParameters {
    private NormalParameters() {
    }

    static float[] numbers(Random random, int count, double size) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * size);
        }
        return values;
    }

    /// Matrices keep the size of what they multiply.
    static void draw(Backend backend, List<Parameter> parameters, Random random) {
        for (Parameter parameter : parameters) {
            double size = parameter.value().rows() == 1 ? 0.5 : 1 / Math.sqrt(parameter.value().columns());
            backend.write(parameter.value(), numbers(random, Math.toIntExact(parameter.value().size()), size));
        }
    }

    /// Along the gradient of each parameter the mean loss rises by its length.
    ///
    /// @param parameters whose gradients are those of the batch
    static void gradientsAreThoseOfCentralDifferences(Backend backend, List<Parameter> parameters, NextToken objective, Batch batch) {
        double step = 2e-3;
        for (Parameter parameter : parameters) {
            float[] values = backend.read(parameter.value());
            float[] gradient = backend.read(parameter.gradient());
            double norm = 0;
            for (float each : gradient) {
                norm += (double) each * each;
            }
            norm = Math.sqrt(norm);
            assertThat(norm).as(parameter.name()).isPositive();
            double[] losses = new double[2];
            for (int side = 0; side < 2; side++) {
                float[] moved = values.clone();
                for (int i = 0; i < moved.length; i++) {
                    moved[i] += (float) ((side == 0 ? step : -step) * gradient[i] / norm);
                }
                backend.write(parameter.value(), moved);
                for (float loss : objective.losses(batch)) {
                    losses[side] += loss;
                }
            }
            backend.write(parameter.value(), values);
            double along = (losses[0] - losses[1]) / (2 * step) / batch.validTargets();
            assertThat(along).as(parameter.name()).isCloseTo(norm, within(2e-2 * norm + 3e-4));
        }
    }
}
