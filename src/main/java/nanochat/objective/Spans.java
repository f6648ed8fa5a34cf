package nanochat.objective;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Where the hidden spans of a text are, drawn as T5 draws them (arXiv 1910.10683): hidden and visible tokens are each cut into so many pieces, every
/// way to cut them equally likely, which take turns. The first piece is visible, the last is hidden.
///
/// @param visible the lengths of the visible pieces
/// @param hidden of the hidden ones, each behind a visible one
record Spans(int[] visible, int[] hidden) {
    /// @param tokens of the text
    /// @param hidden how many of them are hidden, at least `count`, and so many that `count` are left
    static Spans drawn(int tokens, int hidden, int count, SplittableRandom random) {
        return new Spans(pieces(tokens - hidden, count, random), pieces(hidden, count, random));
    }

    int count() {
        return hidden.length;
    }

    /// The lengths of `count` pieces of at least one each that make up `total`.
    private static int[] pieces(int total, int count, SplittableRandom random) {
        int[] cuts = IntStream.range(1, total).toArray();
        Draws.select(cuts, count - 1, random);
        int[] ends = IntStream.concat(Arrays.stream(cuts, 0, count - 1).sorted(), IntStream.of(total)).toArray();
        return IntStream.range(0, count).map(piece -> ends[piece] - (piece == 0 ? 0 : ends[piece - 1])).toArray();
    }
}
