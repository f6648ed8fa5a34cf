package nanochat.train;

import java.util.Optional;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.TensorSource;
import nanochat.model.GptParameters;
import nanochat.tokenizer.Tokenizer;

/// An engine on the weights that a run changes, for what it shows and measures on the way. It is made when it is first asked for, once a
/// run, on one copy of the weights.
final class EngineInTraining implements AutoCloseable {
    private final GptParameters parameters;
    private final Tokenizer tokenizer;
    private final EngineOptions options;
    private Optional<Engine> engine = Optional.empty();

    EngineInTraining(GptParameters parameters, Tokenizer tokenizer, EngineOptions options) {
        this.parameters = parameters;
        this.tokenizer = tokenizer;
        this.options = options;
    }

    /// The engine with the weights as they are now. Closed with this.
    Engine current() {
        if (engine.isPresent()) {
            engine.get().reload(TensorSource.of(parameters));
        } else {
            engine = Optional.of(Engine.of(parameters, Optional.of(tokenizer), options));
        }
        return engine.get();
    }

    @Override
    public void close() {
        engine.ifPresent(Engine::close);
    }
}
