package nanochat.data.corpus;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/// The choices of one document: its own random numbers, and the split it belongs to.
record Draw(SplittableRandom random, Split split) {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    /// The choices of document `index`: the same three numbers and split give the same choices, on any thread, in any order.
    static Draw of(long seed, long stream, Split split, long index) {
        long state = mix(mix(mix(seed + GOLDEN * stream) + GOLDEN * streamOf(split)) + GOLDEN * index);
        return new Draw(new SplittableRandom(state), split);
    }

    private static int streamOf(Split split) {
        return switch (split) {
            case TRAIN -> 1;
            case VALIDATION -> 2;
            case TEST -> 3;
        };
    }

    /// A number from `low` to `high`, both included.
    int between(int low, int high) {
        return random.nextInt(low, high + 1);
    }

    /// True in `percent` of a hundred cases.
    boolean percent(int percent) {
        return random.nextInt(100) < percent;
    }

    /// One of `choices`, each as likely.
    <T> T of(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /// Every kind as often as its share of a hundred, to draw from.
    static <K> List<K> hundred(K[] kinds, ToIntFunction<K> percent) {
        return Arrays.stream(kinds).flatMap(kind -> Collections.nCopies(percent.applyAsInt(kind), kind).stream()).toList();
    }

    /// How many characters a document of many small pieces should have before it ends.
    int length() {
        return between(350, 900);
    }

    /// The split that what `key` stands for (operands, a word) belongs to: of twenty keys one is for validation and one for tests, always the
    /// same ones.
    static Split splitOf(long key) {
        return switch ((int) Long.remainderUnsigned(mix(key + GOLDEN), 20)) {
            case 0 -> Split.VALIDATION;
            case 10 -> Split.TEST;
            default -> Split.TRAIN;
        };
    }

    /// Whether what `key` stands for may appear in this split.
    boolean allows(long key) {
        return splitOf(key) == split;
    }

    /// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014): every bit of the input stirs every bit of the output.
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
