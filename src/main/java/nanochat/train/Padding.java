package nanochat.train;

import java.util.stream.IntStream;

/// How long the rows of micro-batches of unequal texts are: no longer than they need, and of few lengths that fill a micro-batch with whole groups of
/// rows, so that all micro-batches take the same memory.
///
/// @param positions of a micro-batch
/// @param together rows that must not be parted
/// @param longest T, of which there are whole groups in a micro-batch
record Padding(int positions, int together, int longest) {
    private static final int GRANULE = 16;

    /// The length of rows that hold so many tokens.
    int length(int tokens) {
        return IntStream.rangeClosed(1, longest)
                .filter(length -> length >= tokens && length % GRANULE == 0 && positions % (together * length) == 0).findFirst()
                .orElse(longest);
    }
}
