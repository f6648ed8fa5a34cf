package nanochat.tensor.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tensor;

/// Holds backward operations against difference quotients of forward ones. The loss is the sum of the outputs times random weights, in
/// double; its derivative along a random direction is taken from four evaluations (error of fourth order in the step), and compared with
/// the product of gradient and direction. One wrong element of a gradient of n shows as an error of about 1/sqrt(n).
final class GradientCheck implements AutoCloseable {
    private static final double STEP = 1.0 / 128;
    private static final double TOLERANCE = 1e-3;
    private static final int DIRECTIONS = 4;

    /// A gradient that `backward` should fill in: its change from `old` is to be the derivative by `input`.
    private record Expectation(String name, Tensor input, Tensor gradient, float[] old) {}

    final Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32);
    final RandomValues random;
    private final long seed;
    private final List<Expectation> expectations = new ArrayList<>();

    GradientCheck(long seed) {
        this.seed = seed;
        this.random = new RandomValues(seed);
    }

    Tensor normal(int... shape) {
        return scaled(1, shape);
    }

    Tensor scaled(double scale, int... shape) {
        Tensor tensor = backend.allocate(DType.F32, shape);
        backend.write(tensor, random.normal(tensor.size(), scale));
        return tensor;
    }

    /// At least 0.2 from zero, farther than any step goes.
    Tensor awayFromZero(int... shape) {
        Tensor tensor = normal(shape);
        float[] values = backend.read(tensor);
        for (int i = 0; i < values.length; i++) {
            values[i] += Math.copySign(0.2f, values[i]);
        }
        backend.write(tensor, values);
        return tensor;
    }

    Tensor like(Tensor tensor) {
        return normal(tensor.shape());
    }

    Tensor copy(Tensor tensor) {
        Tensor copy = backend.allocate(tensor.dtype(), tensor.shape());
        backend.convert(copy, tensor);
        return copy;
    }

    Tensor ids(int size, int least, int limit) {
        Tensor tensor = backend.allocate(DType.I32, size);
        backend.write(tensor, random.ids(size, least, limit));
        return tensor;
    }

    /// A new tensor with random content, to which the gradient by `input` should be added.
    Tensor added(String name, Tensor input) {
        Tensor gradient = like(input);
        expectations.add(new Expectation(name, input, gradient, backend.read(gradient)));
        return gradient;
    }

    /// A new tensor with random content, which the gradient by `input` should replace.
    Tensor replaced(String name, Tensor input) {
        Tensor gradient = like(input);
        expectations.add(new Expectation(name, input, gradient, new float[Math.toIntExact(input.size())]));
        return gradient;
    }

    Tensor gradient(String name, Tensor input, boolean accumulate) {
        return accumulate ? added(name, input) : replaced(name, input);
    }

    /// For operations in place: `gradient` holds the gradient of the result, and afterwards should hold that by `input`.
    void inPlace(String name, Tensor input, Tensor gradient) {
        expectations.add(new Expectation(name, input, gradient, new float[Math.toIntExact(input.size())]));
    }

    double dot(Tensor out, Tensor weights) {
        return dot(backend.read(out), backend.read(weights));
    }

    /// Runs the loss once, so that whatever the forward operation keeps is there, then `backward`, and compares all gradients.
    void verify(DoubleSupplier loss, Runnable backward) {
        double _ = loss.getAsDouble();
        backward.run();
        for (Expectation expectation : expectations) {
            float[] gradient = backend.read(expectation.gradient());
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] -= expectation.old()[i];
            }
            for (int i = 0; i < DIRECTIONS; i++) {
                verifyAlong(random.normal(gradient.length, 1), expectation.name(), expectation.input(), gradient, loss);
            }
        }
        expectations.clear();
    }

    private void verifyAlong(float[] direction, String name, Tensor input, float[] gradient, DoubleSupplier loss) {
        double near = difference(input, direction, STEP, loss);
        double far = difference(input, direction, 2 * STEP, loss);
        double expected = (8 * near - far) / (12 * STEP);
        double size = 0;
        for (int i = 0; i < gradient.length; i++) {
            size += Math.pow((double) gradient[i] * direction[i], 2);
        }
        assertThat(dot(gradient, direction)).as("derivative by %s %s, seed %d", name, input, seed)
                .isCloseTo(expected, within(TOLERANCE * Math.sqrt(size) + 1e-5));
    }

    private double difference(Tensor input, float[] direction, double step, DoubleSupplier loss) {
        float[] values = backend.read(input);
        backend.write(input, moved(values, direction, step));
        double after = loss.getAsDouble();
        backend.write(input, moved(values, direction, -step));
        double before = loss.getAsDouble();
        backend.write(input, values);
        return after - before;
    }

    private static float[] moved(float[] values, float[] direction, double step) {
        float[] moved = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            moved[i] = (float) (values[i] + step * direction[i]);
        }
        return moved;
    }

    private static double dot(float[] left, float[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            sum += (double) left[i] * right[i];
        }
        return sum;
    }

    @Override
    public void close() {
        backend.close();
    }
}
