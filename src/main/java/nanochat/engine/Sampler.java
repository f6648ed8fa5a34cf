package nanochat.engine;

import nanochat.engine.kernel.Rows;
import nanochat.engine.kernel.VectorMath;

/// Chooses the next token from logits.
@FunctionalInterface
public interface Sampler {
    /// The token chosen from row `row` of `logits`, V floats.
    int sample(Rows logits, int row);

    /// Always the most likely token; of equally likely ones the first.
    Sampler GREEDY = (logits, row) -> VectorMath.argmax(logits.address(row), logits.width());
}
