package nanochat.eval;

import java.util.Set;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.Generation;

/// The most likely continuation by the engine with its KV cache.
///
/// @param engine who made it closes it
public record EngineCompleter(Engine engine) implements Completer {
    @Override
    public int[] complete(int[] prompt, int maxTokens, int stop) {
        return engine.generate(prompt, 1, Generation.greedy(maxTokens, Set.of(stop)), ColumnListener.NONE).getFirst().tokens();
    }
}
