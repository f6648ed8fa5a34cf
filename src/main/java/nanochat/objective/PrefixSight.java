package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.tensor.Visibility;

/// Nothing is replaced: the tokens of a prefix see one another in both directions, what comes after it is read from left to right and predicted
/// (docs/objectives.md#prefix).
///
/// @param drawn whether the prefix of each row has a length evenly from 1 to T; otherwise it has one token, and all others are predicted
record PrefixSight(boolean drawn) implements Corruption {
    @Override
    public Corrupted of(Batch batch, SplittableRandom random) {
        IntUnaryOperator length = drawn ? _ -> random.nextInt(1, batch.length() + 1) : _ -> 1;
        int[] lengths = IntStream.range(0, batch.rows()).map(length).toArray();
        int[] targets = batch.targets().clone();
        for (int row = 0; row < batch.rows(); row++) {
            int first = row * batch.length();
            // the last position of the prefix does not see what follows it
            Arrays.fill(targets, first, first + lengths[row] - 1, Batch.IGNORED);
        }
        return Corrupted.alike(new Batch(batch.rows(), batch.length(), batch.inputs(), targets),
                new Visibility.Prefix(Arrays.stream(lengths).boxed().toList()));
    }
}
