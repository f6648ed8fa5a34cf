package nanochat.eval;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import nanochat.checkpoint.TrainedModel;
import nanochat.data.Batches;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.WeightFormat;
import nanochat.io.Progress;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.BlockContinuation;
import nanochat.objective.GaussianFilling;
import nanochat.objective.Infilling;
import nanochat.objective.Objective;
import nanochat.objective.ObjectiveChoice;
import nanochat.objective.PrefixContinuation;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tokenizer.Tokenizer;

/// A trained model with everything that it takes to measure it: its tokenizer, and an engine on a copy of its weights.
public final class ModelEvaluation implements AutoCloseable {
    /// Room for a prompt and its completion, also where a model was trained on shorter rows.
    private static final int SHORTEST_CONTEXT = 256;

    private final TrainedModel model;
    private final DType compute;
    private final int threads;
    private Optional<Engine> engine = Optional.empty();

    /// @param compute the type of matrix products, F32 or BF16; also of the engine's weights
    /// @param threads how many generate
    public ModelEvaluation(TrainedModel model, DType compute, int threads) {
        this.model = model;
        this.compute = compute;
        this.threads = threads;
    }

    /// Made when it is first asked for: not every model can have one.
    private Engine engine() {
        model.checkWritesOn();
        if (engine.isEmpty()) {
            engine = Optional.of(Engine.of(model.gpt(), Optional.of(model.tokenizer()), engineOptions(model.gpt().config(), compute,
                    threads)));
        }
        return engine.get();
    }

    /// An engine that measures what training makes: with weights in the type that its products have.
    public static EngineOptions engineOptions(GptConfig config, DType compute, int threads) {
        return EngineOptions.of(compute == DType.BF16 ? WeightFormat.BF16 : WeightFormat.F32, threads)
                .withContext(Math.max(config.sequenceLength(), SHORTEST_CONTEXT));
    }

    /// A filler of blanks with the weights of a model that was trained on them.
    public static Infilling infilling(GptParameters parameters, DType compute) {
        return new Infilling(parameters, compute, Math.max(parameters.config().sequenceLength(), SHORTEST_CONTEXT));
    }

    /// The same of a model of gaussian diffusion.
    public static GaussianFilling gaussianFilling(GptParameters parameters, DType compute) {
        return new GaussianFilling(parameters, compute, Math.max(parameters.config().sequenceLength(), SHORTEST_CONTEXT));
    }

    /// What a model makes of prompts, in the way of its objective: to be asked again and again while its weights change.
    ///
    /// @param engine on its weights as they are when it is asked for; only where it writes from left to right alone
    public static Supplier<List<SamplePrompt.Completion>> completer(List<SamplePrompt> prompts, GptParameters parameters,
            ObjectiveChoice objective, Tokenizer tokenizer, DType compute, Supplier<Engine> engine) {
        return switch (objective) {
            case ObjectiveChoice.OfNextToken _,ObjectiveChoice.OfMultiToken _,ObjectiveChoice.OfNextTokenJepa _ -> () -> SamplePrompt
                    .completeAll(prompts, engine.get(),
                            tokenizer);
            case ObjectiveChoice.OfBlockDiffusion(int size) -> {
                int longest = Math.max(parameters.config().sequenceLength(), SHORTEST_CONTEXT);
                BlockContinuation continuation = new BlockContinuation(parameters, compute, longest, size);
                yield () -> SamplePrompt.continueAll(prompts, continuation, tokenizer);
            }
            case ObjectiveChoice.OfJepa _ -> List::of; // it has no tokens to say
            case ObjectiveChoice.OfPrefix _,ObjectiveChoice.OfUl2 _ -> {
                int longest = Math.max(parameters.config().sequenceLength(), SHORTEST_CONTEXT);
                PrefixContinuation continuation = new PrefixContinuation(objective, parameters, compute, longest);
                yield () -> SamplePrompt.continueAll(prompts, continuation, tokenizer);
            }
            case ObjectiveChoice.OfGaussianDiffusion _ -> {
                GaussianFilling filling = gaussianFilling(parameters, compute);
                yield () -> SamplePrompt.fillAll(prompts, filling, tokenizer);
            }
            case ObjectiveChoice.OfMasked _,ObjectiveChoice.OfDiffusion _ -> {
                Infilling infilling = infilling(parameters, compute);
                yield () -> SamplePrompt.fillAll(prompts, infilling, tokenizer);
            }
        };
    }

    /// What the model makes of held-out text, by its own objective, with a progress line.
    ///
    /// @param batches of `rows` rows as long as the model's context
    /// @param tokens about how many there will be
    public HeldOut heldOut(Batches batches, int rows, long tokens) {
        return heldOut(model.objective(), batches, rows, tokens);
    }

    /// Bits per byte of a model that was trained with a memory, where it sees every row alone; empty of others.
    ///
    /// @param batches as in [#heldOut]
    public Optional<Double> withoutMemory(Batches batches, int rows, long tokens) {
        return model.objective().recurrence() == 0
                ? Optional.empty()
                : heldOut(ObjectiveChoice.nextToken(), batches, rows, tokens).bitsPerByte();
    }

    private HeldOut heldOut(ObjectiveChoice choice, Batches batches, int rows, long tokens) {
        GptParameters parameters = model.gpt().parameters();
        int length = parameters.config().sequenceLength();
        Objective objective = choice.of(model.gpt(), new Tape(parameters.backend(), compute), rows, length, 0);
        try (Progress progress = Progress.of("Measuring", tokens, "tokens")) {
            return HeldOut.of(objective.likelihood(), BitsPerByte.measure(objective, batches, model.tokenizer().tokenBytes(),
                    () -> progress.advance((long) rows * length)));
        }
    }

    /// What other formats of the engine's weights cost, with progress lines.
    ///
    /// @param tokens about how many there will be
    public List<FormatCost> formats(List<WeightFormat> formats, Batches batches, long tokens) {
        model.checkWritesOn();
        return FormatCost.measure(model.gpt(), model.tokenizer(), formats, batches, tokens, threads);
    }

    /// What a base model makes of prompts.
    public List<SamplePrompt.Completion> completions(List<SamplePrompt> prompts) {
        return completer(prompts, model.gpt().parameters(), model.objective(), model.tokenizer(), compute, this::engine).get();
    }

    /// Asks a chat model; good until this is closed.
    public ChatEvaluation chat(ChatEvaluation.Settings settings) {
        return new ChatEvaluation(engine(), model.tokenizer(), settings);
    }

    /// The CORE evaluation of a base model, with a progress line for every task.
    ///
    /// @param mostPerTask how many examples of a task at most
    public CoreScores core(CoreBundle bundle, int mostPerTask) {
        try (CoreEvaluation evaluation = CoreEvaluation.of(engine()); CoreProgress progress = new CoreProgress()) {
            return evaluation.measure(bundle, mostPerTask, progress);
        }
    }

    @Override
    public void close() {
        engine.ifPresent(Engine::close);
    }
}
