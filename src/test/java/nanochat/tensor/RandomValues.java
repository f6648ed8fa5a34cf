package nanochat.tensor;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

/// Random numbers of tests. Every test runs with a few fixed seeds, shown in its name; `-Dnanochat.seed=N` runs it with that one alone.
public final class RandomValues {
    private final SplittableRandom random;

    public RandomValues(long seed) {
        random = new SplittableRandom(seed);
    }

    /// The seeds 1 to `count`, or the one asked for.
    public static LongStream seeds(int count) {
        String seed = System.getProperty("nanochat.seed", "");
        return seed.isEmpty() ? LongStream.rangeClosed(1, count) : LongStream.of(Long.parseLong(seed));
    }

    /// From `least` to `most`, both included.
    public int between(int least, int most) {
        return random.nextInt(least, most + 1);
    }

    public int pick(int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    public float[] normal(long size, double scale) {
        float[] values = new float[Math.toIntExact(size)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }

    /// From `least` to `limit`, `limit` not included.
    public int[] ids(long size, int least, int limit) {
        int[] ids = new int[Math.toIntExact(size)];
        Arrays.setAll(ids, _ -> random.nextInt(least, limit));
        return ids;
    }

    public static float[] absolute(float[] values) {
        float[] absolute = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            absolute[i] = Math.abs(values[i]);
        }
        return absolute;
    }
}
