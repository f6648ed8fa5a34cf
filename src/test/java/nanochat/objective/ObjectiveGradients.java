package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.function.DoubleSupplier;
import nanochat.data.Batch;
import nanochat.tensor.Device;

/// Holds the gradient of an objective against that of the reference and against central differences.
final class ObjectiveGradients {
    private static final int STEP = 2;
    private static final double DISTANCE = 2e-3;

    private ObjectiveGradients() {
    }

    /// The loss of a step of one micro-batch, whose gradients gather.
    static double loss(Objective objective, Batch text, int step) {
        objective.beginStep(step);
        objective.addGradients(text, 1);
        return objective.takeLoss();
    }

    /// Along the gradient the loss rises by its square.
    ///
    /// @param tolerance of each number beside the reference's
    static void areThoseOfCentralDifferencesAndOfTheReference(ObjectiveChoice choice, long seed, int rows, int length, float tolerance) {
        Batch text = TextModel.text(seed, rows, length);
        try (TextModel model = new TextModel(Device.CPU, choice, rows, length).drawn(seed);
                TextModel reference = new TextModel(Device.REFERENCE, choice, rows, length).drawn(seed)) {
            Objective objective = model.objective(seed);
            Objective ofReference = reference.objective(seed);
            areThoseOfCentralDifferencesAndOfTheReference(model, () -> loss(objective, text, STEP), reference, () -> loss(ofReference, text,
                    STEP), tolerance);
        }
    }

    /// The same of any loss whose gradients gather.
    static void areThoseOfCentralDifferencesAndOfTheReference(TextModel model, DoubleSupplier loss, TextModel reference,
            DoubleSupplier ofReference, float tolerance) {
        loss.getAsDouble();
        Map<String, float[]> gradient = model.takeGradients();
        ofReference.getAsDouble();
        Map<String, float[]> expected = reference.takeGradients();
        assertThat(gradient).containsOnlyKeys(expected.keySet());
        double squares = 0;
        for (Map.Entry<String, float[]> entry : gradient.entrySet()) {
            assertThat(entry.getValue()).as(entry.getKey()).containsExactly(expected.get(entry.getKey()), within(tolerance));
            for (float value : entry.getValue()) {
                squares += (double) value * value;
            }
        }
        double distance = DISTANCE / Math.sqrt(squares);
        model.move(gradient, distance);
        double above = loss.getAsDouble();
        model.move(gradient, -2 * distance);
        double below = loss.getAsDouble();
        assertThat((above - below) / (2 * distance) / squares).isCloseTo(1, within(1e-2));
    }
}
