package nanochat.engine;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.kernel.Kernels;
import nanochat.engine.kernel.Rows;

/// What extra heads made of the tokens of the last pass. Of a model without them it takes no memory.
final class HeadOutputs {
    private final int width;
    private final Rows trunk;
    private final List<Rows> outputs;
    private final Rows gathered;
    private final Rows logits;

    /// @param width C
    /// @param vocabulary tokens that can be guessed
    HeadOutputs(int heads, int width, int vocabulary, Arena arena) {
        this.width = width;
        this.trunk = heads == 0 ? Rows.NONE : Rows.allocate(arena, InferenceGpt.MAXIMUM_TOKENS, width);
        this.outputs = IntStream.range(0, heads).mapToObj(_ -> Rows.allocate(arena, InferenceGpt.MAXIMUM_TOKENS, width)).toList();
        this.gathered = heads == 0 ? Rows.NONE : Rows.allocate(arena, heads, width);
        this.logits = heads == 0 ? Rows.NONE : Rows.allocate(arena, heads, vocabulary);
    }

    /// The stream that enters the last layer, a row a token of the pass.
    Rows trunk() {
        return trunk;
    }

    /// What lm_head reads of a head, a row a token of the pass.
    Rows output(int head) {
        return outputs.get(head);
    }

    /// The outputs of the first `count` heads for one token, a row a head.
    Rows gather(int row, int count) {
        for (int head = 0; head < count; head++) {
            Kernels.copy(outputs.get(head).address(row), gathered.address(head), width);
        }
        return gathered;
    }

    /// Room for the logits of [#gather]'s rows.
    Rows logits() {
        return logits;
    }

    long bytes() {
        return Stream.concat(Stream.of(trunk, gathered, logits), outputs.stream()).mapToLong(rows -> rows.memory().byteSize()).sum();
    }
}
