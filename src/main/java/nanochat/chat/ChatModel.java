package nanochat.chat;

import java.lang.foreign.Arena;
import nanochat.checkpoint.ModelChoice;
import nanochat.engine.Engine;
import nanochat.engine.InferenceGpt;
import nanochat.engine.LoadedModel;
import nanochat.engine.WeightFormat;
import nanochat.engine.kernel.NativeProduct;
import nanochat.engine.kernel.Workers;
import nanochat.tokenizer.Tokenizer;

/// A model that is ready to talk: weights, threads and engine. Any number of [ChatSession]s may talk to it, one at a time.
public final class ChatModel implements AutoCloseable {
    private final ModelChoice choice;
    private final Tokenizer tokenizer;
    private final Arena arena = Arena.ofShared();
    private final Workers workers;
    private final Engine engine;

    /// Loads it.
    ///
    /// @param format how its matrices are kept in memory
    /// @param threads how many compute, the calling one included
    /// @throws nanochat.io.BadInputException when there is no such checkpoint, or its files do not fit together
    public ChatModel(ModelChoice choice, WeightFormat format, int threads) {
        this.choice = choice;
        LoadedModel model;
        try {
            model = LoadedModel.load(choice.checkpoints(), choice.step(), format, arena);
        } catch (RuntimeException unsound) {
            arena.close();
            throw unsound;
        }
        tokenizer = model.tokenizer();
        workers = new Workers(threads);
        // No longer than it was trained on: it has never seen a later position.
        int context = model.weights().config().sequenceLength();
        engine = new Engine(new InferenceGpt(model.weights(), workers, context, NativeProduct.orVector(workers)), tokenizer);
    }

    public ModelChoice choice() {
        return choice;
    }

    public Engine engine() {
        return engine;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /// A new conversation; to be closed before the model.
    public ChatSession newSession(ChatSettings settings) {
        return new ChatSession(engine, tokenizer, choice.stage().takesTurns(), settings);
    }

    @Override
    public void close() {
        engine.close();
        workers.close();
        arena.close();
    }
}
