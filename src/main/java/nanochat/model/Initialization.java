package nanochat.model;

import java.util.Arrays;
import java.util.SplittableRandom;

/// How the elements of a parameter start out.
public sealed interface Initialization {
    /// All elements alike.
    record Constant(float value) implements Initialization {}

    /// Evenly from `first` to `last`; a lone element is `first`.
    record Ramp(float first, float last) implements Initialization {}

    /// Independent, between `low` and `high`.
    record Uniform(double low, double high) implements Initialization {}

    /// Independent, with mean 0.
    record Normal(double standardDeviation) implements Initialization {}

    /// Uniform between -bound and bound.
    static Initialization symmetric(double bound) {
        return new Uniform(-bound, bound);
    }

    /// `size` elements. The numbers are drawn from a stream of their own, made of the seed and the parameter's name, so they depend neither
    /// on the order of the parameters nor on which others there are.
    default float[] values(int size, long seed, String name) {
        float[] values = new float[size];
        SplittableRandom random = new SplittableRandom(seed ^ fnv1a(name));
        switch (this) {
            case Constant(float value) -> Arrays.fill(values, value);
            case Ramp(float first, float last) -> {
                for (int i = 0; i < size; i++) {
                    values[i] = first + (last - first) * i / Math.max(1, size - 1);
                }
            }
            case Uniform(double low, double high) -> {
                for (int i = 0; i < size; i++) {
                    values[i] = (float) random.nextDouble(low, high);
                }
            }
            case Normal(double standardDeviation) -> {
                for (int i = 0; i < size; i++) {
                    values[i] = (float) (standardDeviation * random.nextGaussian());
                }
            }
        }
        return values;
    }

    /// The 64-bit Fowler-Noll-Vo hash, 1a: 32 bits of `String.hashCode` would be few for streams that must not coincide.
    private static long fnv1a(String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return hash;
    }
}
