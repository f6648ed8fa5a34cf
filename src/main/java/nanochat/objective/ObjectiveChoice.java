package nanochat.objective;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.Nulls;
import java.util.Locale;
import java.util.Optional;
import nanochat.data.Batch;
import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.io.Setting;
import nanochat.model.Flops;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.tensor.Tape;
import nanochat.tensor.Visibility;
import nanochat.tokenizer.SpecialToken;

/// Which objective a model is trained with, and by what settings; its checkpoints remember it. docs/objectives.md has formulas and sources.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
public sealed interface ObjectiveChoice {
    /// What a checkpoint that does not say was trained with.
    static ObjectiveChoice nextToken() {
        return new OfNextToken(0);
    }

    /// Each token from those before it.
    ///
    /// @param recurrence M: tokens of the row before that a row sees, too (Transformer-XL); 0, also where a checkpoint does not say, where rows do not
    ///                   go on from one another
    @JsonTypeName("next-token")
    record OfNextToken(@JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonSetter(nulls = Nulls.AS_EMPTY) int recurrence)
            implements
                ObjectiveChoice {
        public OfNextToken {
            if (recurrence < 0) {
                throw BadInputException.about("%s must be at least 0, is %d", RECURRENCE, recurrence);
            }
        }
    }

    /// What the memory of [OfNextToken] is set by.
    Setting RECURRENCE = new Setting("recurrence");

    /// Hidden tokens from those around them (BERT).
    ///
    /// @param rate share of a row's tokens that is hidden
    @JsonTypeName("masked")
    record OfMasked(double rate) implements ObjectiveChoice {
        /// BERT's.
        public static final double DEFAULT_RATE = 0.15;

        public OfMasked {
            checkRate(rate);
        }
    }

    /// What comes after a prefix that is seen in both directions.
    @JsonTypeName("prefix")
    record OfPrefix() implements ObjectiveChoice {}

    /// What follows a prefix, and hidden spans of a text, told apart by mode tokens (UL2).
    @JsonTypeName("ul2")
    record OfUl2() implements ObjectiveChoice {}

    /// Hidden tokens from those around them, at every share from one token to all: absorbing-state diffusion.
    @JsonTypeName("diffusion")
    record OfDiffusion() implements ObjectiveChoice {}

    /// The same block by block: both directions in a block, whole text before it.
    ///
    /// @param blockTokens of a block
    @JsonTypeName("block-diffusion")
    record OfBlockDiffusion(int blockTokens) implements ObjectiveChoice {
        /// The largest of those in the paper's tables.
        public static final int DEFAULT_BLOCK_TOKENS = 16;

        public OfBlockDiffusion {
            if (blockTokens < 1) {
                throw BadInputException.about("%s must be at least 1, is %d", BLOCK_TOKENS, blockTokens);
            }
        }
    }

    /// Tokens that are seen through noise, from what is seen of them and of those around them, however strong the noise: diffusion in a space of
    /// embeddings.
    @JsonTypeName("gaussian-diffusion")
    record OfGaussianDiffusion() implements ObjectiveChoice {}

    /// What [OfBlockDiffusion] is set by.
    Setting BLOCK_TOKENS = new Setting("block_tokens");

    /// Several tokens at once, by heads on one trunk.
    ///
    /// @param heads of which the first predicts the next token
    @JsonTypeName("multi-token")
    record OfMultiToken(int heads) implements ObjectiveChoice {
        /// The paper's for text.
        public static final int DEFAULT_HEADS = 4;
        private static final int MOST_HEADS = 16;

        public OfMultiToken {
            if (heads < 2 || heads > MOST_HEADS) {
                throw BadInputException.about("%s must be from 2 to %d, is %d", new Setting("heads"), MOST_HEADS, heads);
            }
        }
    }

    /// What a teacher makes of hidden spans, in the space of its representations (JEPA).
    ///
    /// @param rate share of a row's tokens that is hidden
    @JsonTypeName("jepa")
    record OfJepa(double rate) implements ObjectiveChoice {
        /// data2vec 2.0's for text (arXiv 2212.07525).
        public static final double DEFAULT_RATE = 0.42;

        public OfJepa {
            checkRate(rate);
        }
    }

    /// The next token and, from hidden spans, what a teacher makes of them.
    ///
    /// @param rate share of a row's tokens that is hidden
    /// @param weight of the second loss in the sum
    @JsonTypeName("next-token-jepa")
    record OfNextTokenJepa(double rate, double weight) implements ObjectiveChoice {
        public static final double DEFAULT_WEIGHT = 1;

        public OfNextTokenJepa {
            checkRate(rate);
            if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
                throw BadInputException.about("%s must be above 0, is %s", new Setting("jepa_weight"), weight);
            }
        }
    }

    private static void checkRate(double rate) {
        if (!(rate > 0 && rate < 1)) {
            throw BadInputException.about("%s must be above 0 and below 1, is %s", new Setting("mask_rate"), rate);
        }
    }

    /// Its name.
    default String title() {
        return switch (this) {
            case OfNextToken _ -> "next-token";
            case OfMasked _ -> "masked";
            case OfPrefix _ -> "prefix";
            case OfUl2 _ -> "ul2";
            case OfDiffusion _ -> "diffusion";
            case OfBlockDiffusion _ -> "block-diffusion";
            case OfGaussianDiffusion _ -> "gaussian-diffusion";
            case OfMultiToken _ -> "multi-token";
            case OfJepa _ -> "jepa";
            case OfNextTokenJepa _ -> "next-token-jepa";
        };
    }

    /// How it is asked for on the command line, after `--objective`.
    default String option() {
        return this instanceof OfGaussianDiffusion ? "diffusion --noise gaussian" : title();
    }

    /// What its losses on held-out text say of that text's probability.
    default Likelihood likelihood() {
        return switch (this) {
            case OfNextToken _,OfPrefix _,OfUl2 _,OfMultiToken _,OfNextTokenJepa _ -> Likelihood.EXACT;
            case OfDiffusion _,OfBlockDiffusion _,OfGaussianDiffusion _ -> Likelihood.BOUND;
            case OfMasked _,OfJepa _ -> Likelihood.NONE;
        };
    }

    /// Whether its models can write from left to right, token by token, as the engine does: everything that talks to a model needs that.
    default boolean writesOn() {
        return switch (this) {
            case OfNextToken _,OfPrefix _,OfMultiToken _,OfNextTokenJepa _ -> true;
            case OfMasked _,OfUl2 _,OfDiffusion _,OfBlockDiffusion _,OfGaussianDiffusion _,OfJepa _ -> false;
        };
    }

    /// Whether its models fill blanks of a text whose lengths are given ([Infilling], [GaussianFilling]).
    default boolean fillsBlanks() {
        return switch (this) {
            case OfMasked _,OfDiffusion _,OfGaussianDiffusion _ -> true;
            case OfNextToken _,OfPrefix _,OfUl2 _,OfBlockDiffusion _,OfMultiToken _,OfJepa _,OfNextTokenJepa _ -> false;
        };
    }

    /// Whether its models predict tokens at all, and not representations alone.
    default boolean predictsTokens() {
        return !(this instanceof OfJepa);
    }

    /// Whether a second model teaches in training: a moving average of the first, which is as large.
    default boolean hasTeacher() {
        return switch (this) {
            case OfJepa _,OfNextTokenJepa _ -> true;
            case OfNextToken _,OfMasked _,OfPrefix _,OfUl2 _,OfDiffusion _,OfBlockDiffusion _,OfGaussianDiffusion _,OfMultiToken _ -> false;
        };
    }

    /// Tokens of the row before that a row sees: rows then go on from those of the batch before.
    default int recurrence() {
        return 0;
    }

    /// How documents become rows where nobody says otherwise.
    default Packing usualPacking() {
        return recurrence() > 0 ? Packing.CONTINUED : Packing.BESTFIT;
    }

    /// @throws BadInputException when rows have to go on from one another, and do not
    default void checkPacking(Packing packing) {
        if (recurrence() > 0 && packing != Packing.CONTINUED) {
            throw BadInputException.about("%s %d needs %s continued: with %s no row goes on where that of the batch before stopped",
                    RECURRENCE, recurrence(), new Setting("packing"), packing.name().toLowerCase(Locale.ROOT));
        }
    }

    /// How many rows a pass has for each row of text.
    default int rowsOfAPass() {
        return this instanceof OfBlockDiffusion ? 2 : 1;
    }

    /// @param length tokens of a row
    /// @throws BadInputException when rows cannot be so long
    default void checkLength(int length) {
        if (this instanceof OfBlockDiffusion(int size) && length % size != 0) {
            throw BadInputException.about("%s %d does not divide %s %d: rows are cut into whole blocks", BLOCK_TOKENS, size, new Setting(
                    "max_seq_len"), length);
        }
        if (recurrence() > length) {
            throw BadInputException.about("%s %d is more than %s %d: a memory is at most as long as a row", RECURRENCE,
                    recurrence(), new Setting("max_seq_len"), length);
        }
    }

    /// @throws BadInputException when its models cannot write from left to right
    default void checkWritesOn() {
        if (!writesOn()) {
            throw BadInputException.about(
                    "This model was trained with %s %s: %s. 'nanochat eval' says how well it does by its own objective",
                    new Setting("objective"), option(), whyNotOn());
        }
    }

    /// Why its models cannot write on, and what they do instead.
    private String whyNotOn() {
        return switch (this) {
            case OfNextToken _,OfPrefix _,OfMultiToken _,OfNextTokenJepa _ -> throw new IllegalStateException(title() + " writes on");
            case OfMasked _,OfDiffusion _,OfGaussianDiffusion _ ->
                "it sees text in both directions and cannot write on from left to right. It fills blanks"
                        + " ('nanochat fill')";
            case OfBlockDiffusion _ -> "it fills one block of text after the other, which the engine cannot do token by token";
            case OfJepa _ -> "it predicts representations and no tokens, so it writes nothing";
            case OfUl2 _ -> "it goes on after a token that says the mode, behind a prefix that it sees in both directions, which the engine"
                    + " cannot read from left to right";
        };
    }

    /// Whether every layer sees the whole row, whatever its window would be.
    default boolean seesWholeRow() {
        return switch (this) {
            case OfNextToken _,OfMultiToken _,OfNextTokenJepa _ -> false;
            case OfMasked _,OfPrefix _,OfUl2 _,OfDiffusion _,OfBlockDiffusion _,OfGaussianDiffusion _,OfJepa _ -> true;
        };
    }

    /// Tokens that a model has behind those of its tokenizer, which is not changed: no text is made of them.
    default int extraTokens() {
        return switch (this) {
            case OfNextToken _,OfPrefix _,OfMultiToken _,OfNextTokenJepa _ -> 0;
            case OfMasked _,OfDiffusion _,OfBlockDiffusion _,OfGaussianDiffusion _,OfJepa _ -> 1;
            case OfUl2 _ -> Ul2Tokens.COUNT;
        };
    }

    /// What an extra token is called, for people.
    ///
    /// @param extra counted from 0
    default String extraTokenName(int extra) {
        return this instanceof OfUl2 ? Ul2Tokens.name(extra) : "mask";
    }

    /// How many of a model's tokens can be predicted: the first ones.
    ///
    /// @param vocabulary of the tokenizer
    default int predictable(int vocabulary) {
        return this instanceof OfUl2 ? vocabulary + Ul2Tokens.SENTINELS : vocabulary;
    }

    /// Blocks that a model has beside its last one.
    default int extraHeads() {
        return this instanceof OfMultiToken(int heads) ? heads - 1 : 0;
    }

    /// The share of a row's tokens that one pass predicts, in the mean; by each head.
    default double predictedShare() {
        return switch (this) {
            case OfNextToken _,OfMultiToken _,OfNextTokenJepa _,OfGaussianDiffusion _ -> 1;
            case OfMasked(double rate) -> rate;
            case OfJepa _ -> 0;
            case OfPrefix _,OfDiffusion _,OfBlockDiffusion _ -> 0.5;
            case OfUl2 _ -> Denoiser.ALL.stream().mapToDouble(Denoiser::predictedShare).average().orElseThrow();
        };
    }

    /// A pass forward and backward costs so many passes forward; a teacher has only those.
    int FORWARD_AND_BACKWARD = 3;

    /// Floating-point operations for a token of a row, forward and backward; of all passes.
    default long flopsPerToken(GptConfig config) {
        long own = Flops.perToken(config, predictedShare()) + Flops.ofExtraHeads(config, extraHeads());
        long withoutHead = Flops.perToken(config, 0);
        return switch (this) {
            case OfNextToken _,OfMasked _,OfPrefix _,OfUl2 _,OfDiffusion _,OfMultiToken _ -> own;
            case OfBlockDiffusion _ -> own + withoutHead;
            case OfGaussianDiffusion _ -> own + ofEvidence(config);
            case OfJepa _ -> own + withoutHead / FORWARD_AND_BACKWARD;
            case OfNextTokenJepa _ -> own + withoutHead + withoutHead / FORWARD_AND_BACKWARD;
        };
    }

    /// Products with the vocabulary beside those of lm_head: of the embeddings with what the evidence says, forward and backward, and of the evidence with the
    /// codes, for the loss and for either of them.
    private static long ofEvidence(GptConfig config) {
        long vocabulary = config.paddedVocabularySize();
        return vocabulary * (4L * config.embedding() + 6L * GaussianNoise.WIDTH);
    }

    /// What a batch of whole text is turned into in a step of training; by an objective of several heads, for the first one; by one that predicts the
    /// next token and representations, for the representations. Where those are predicted a target is the token whose representation it is.
    ///
    /// @param vocabulary of the tokenizer
    /// @param seed of what is hidden, with the step and the micro-batch
    default Corrupted asked(Batch batch, int vocabulary, long seed, int step, int microStep) {
        return training(vocabulary).map(corruption -> corruption.of(batch, Draws.of(seed, step, microStep)))
                .orElseGet(() -> Corrupted.alike(batch, new Visibility.Causal(batch.length())));
    }

    /// How text is corrupted in training; empty where it is not.
    private Optional<Corruption> training(int vocabulary) {
        return switch (this) {
            case OfNextToken _,OfMultiToken _ -> Optional.empty();
            case OfJepa(double rate) -> Optional.of(new SpanMasking(rate, vocabulary, SpanMasking.Sight.BOTH_DIRECTIONS));
            // The last special token stands for what is hidden: text has none, and the model keeps the shape of one that predicts the next token.
            case OfNextTokenJepa(double rate, double _) -> Optional.of(new SpanMasking(rate, vocabulary - 1, SpanMasking.Sight.CAUSAL));
            case OfMasked(double rate) -> Optional.of(new Masking(rate, vocabulary, vocabulary - SpecialToken.values().length));
            case OfPrefix _ -> Optional.of(new PrefixSight(true));
            case OfUl2 _ -> Optional.of(new Denoising(new Ul2Tokens(vocabulary), true));
            case OfDiffusion _ -> Optional.of(new Absorption(vocabulary));
            case OfBlockDiffusion(int size) -> Optional.of(new BlockAbsorption(vocabulary, size));
            case OfGaussianDiffusion _ -> Optional.of(new Noising(vocabulary));
        };
    }

    /// How text is corrupted where a model is measured, when its training is `training`.
    private Corruption measuring(Corruption training, int vocabulary) {
        return switch (this) {
            case OfNextToken _,OfMultiToken _,OfMasked _,OfDiffusion _,OfBlockDiffusion _,OfGaussianDiffusion _,OfJepa _,OfNextTokenJepa _ ->
                training;
            case OfPrefix _ -> new PrefixSight(false);
            case OfUl2 _ -> new Denoising(new Ul2Tokens(vocabulary), false);
        };
    }

    /// The objective, on micro-batches of this shape.
    ///
    /// @param gpt a model with the extra tokens
    /// @param rows B
    /// @param length T
    /// @param seed of what is hidden
    default Objective of(Gpt gpt, Tape tape, int rows, int length, long seed) {
        checkLength(length);
        int vocabulary = gpt.config().vocabularySize() - extraTokens();
        return switch (this) {
            case OfNextToken(int recurrence) -> new NextToken(gpt, tape, rows, length, recurrence);
            case OfMultiToken(int heads) -> new MultiToken(gpt, tape, rows, length, heads);
            case OfMasked _,OfPrefix _,OfUl2 _,OfDiffusion _ -> {
                ForwardPass forward = new ForwardPass(gpt, tape, Math.multiplyExact(rows, length), predictable(vocabulary));
                yield corruptedText(forward, (corrupted, _) -> forward.hidden(corrupted.question(), corrupted.sight()), vocabulary, seed);
            }
            case OfBlockDiffusion(int size) -> {
                ForwardPass forward = new ForwardPass(gpt, tape, Math.multiplyExact(2 * rows, length), predictable(vocabulary));
                yield corruptedText(forward, new BlockReading(gpt, forward, size), vocabulary, seed);
            }
            case OfGaussianDiffusion _ -> {
                int positions = Math.multiplyExact(rows, length);
                GaussianNoise noise = new GaussianNoise(vocabulary);
                yield new GaussianDiffusion(new NoisyForwardPass(gpt, tape, positions, noise), noise, new Noising(vocabulary), positions,
                        seed);
            }
            case OfJepa(double rate) -> new Latent(gpt, tape, rows, length, new SpanMasking(rate, vocabulary,
                    SpanMasking.Sight.BOTH_DIRECTIONS), 1, seed);
            case OfNextTokenJepa(double rate, double weight) -> new NextTokenWithLatent(new NextToken(gpt, tape, rows, length), new Latent(
                    gpt,
                    tape, rows, length, new SpanMasking(rate, vocabulary - 1, SpanMasking.Sight.CAUSAL), weight, seed), weight);
        };
    }

    private CorruptedText corruptedText(ForwardPass forward, CorruptedText.Reading reading, int vocabulary, long seed) {
        Corruption training = training(vocabulary).orElseThrow();
        return new CorruptedText(forward, reading, training, measuring(training, vocabulary), likelihood(), seed);
    }
}
