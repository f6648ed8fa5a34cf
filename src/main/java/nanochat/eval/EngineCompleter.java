package nanochat.eval;

import java.util.Set;
import nanochat.engine.ColumnListener;
import nanochat.engine.Generation;
import nanochat.engine.Generator;

/// The most likely continuation by an engine with its KV cache.
///
/// @param generator who made it closes it
public record EngineCompleter(Generator generator) implements Completer {
    @Override
    public int[] complete(int[] prompt, int maxTokens, int stop) {
        return generator.generate(prompt, 1, Generation.greedy(maxTokens, Set.of(stop)), ColumnListener.NONE).getFirst().tokens();
    }
}
