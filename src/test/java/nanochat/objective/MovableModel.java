package nanochat.objective;

import java.util.LinkedHashMap;
import java.util.Map;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Parameter;
import nanochat.tensor.RandomValues;

/// A model whose gradients are taken and whose weights are moved along them: what a difference quotient needs.
abstract class MovableModel implements AutoCloseable {
    final Backend backend;
    final GptParameters parameters;

    MovableModel(Backend backend, GptParameters parameters) {
        this.backend = backend;
        this.parameters = parameters;
    }

    /// Random weights, everything in use.
    final void drawWeights(long seed) {
        RandomValues random = new RandomValues(seed);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.3)));
        parameters.refresh();
    }

    /// Of all parameters by name; they are zero afterwards.
    final Map<String, float[]> takeGradients() {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        for (Parameter parameter : parameters.all()) {
            gradients.put(parameter.name(), backend.read(parameter.gradient()));
            backend.zero(parameter.gradient());
        }
        return gradients;
    }

    /// Moves every weight by `distance` times its direction.
    final void move(Map<String, float[]> direction, double distance) {
        for (Parameter parameter : parameters.all()) {
            float[] values = backend.read(parameter.value());
            for (int i = 0; i < values.length; i++) {
                values[i] += (float) (distance * direction.get(parameter.name())[i]);
            }
            backend.write(parameter.value(), values);
        }
        parameters.refresh();
    }

    @Override
    public void close() {
        backend.close();
    }
}
