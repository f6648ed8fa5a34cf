package nanochat.train;

import java.util.Optional;
import nanochat.engine.Engine;
import nanochat.engine.TensorSource;
import nanochat.eval.ModelEvaluation;
import nanochat.model.GptParameters;
import nanochat.tensor.DType;
import nanochat.tokenizer.Tokenizer;

/// An engine on the weights that a run changes, for what it shows and measures on the way. It is made when it is first asked for, once a
/// run, on one copy of the weights in the type of the run's products.
final class EngineInTraining implements AutoCloseable {
    private final GptParameters parameters;
    private final Tokenizer tokenizer;
    private final DType compute;
    private final int threads;
    private Optional<Engine> engine = Optional.empty();

    /// @param threads how many compute
    EngineInTraining(GptParameters parameters, Tokenizer tokenizer, DType compute, int threads) {
        this.parameters = parameters;
        this.tokenizer = tokenizer;
        this.compute = compute;
        this.threads = threads;
    }

    /// The engine with the weights as they are now. Closed with this.
    Engine current() {
        if (engine.isPresent()) {
            engine.get().reload(TensorSource.of(parameters));
        } else {
            engine = Optional.of(Engine.of(parameters, Optional.of(tokenizer),
                    ModelEvaluation.engineOptions(parameters.config(), compute, threads)));
        }
        return engine.get();
    }

    @Override
    public void close() {
        engine.ifPresent(Engine::close);
    }
}
